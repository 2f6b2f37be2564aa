import { parseDocument, type YAMLError } from 'yaml';
import type { ConfigIssue, IssuePlace } from './config-issue.ts';
import { ConfigTree } from './config-tree.ts';
import type { SourceText } from './source-text.ts';
import { findDeepNesting, YAML_LIMITS } from './yaml-limits.ts';
import { explainYamlError } from './yaml-messages.ts';
import { YamlWalk } from './yaml-walk.ts';

/** Values with origins; `issues` lists everything wrong with the text itself. */
export interface YamlReading {
  readonly tree: ConfigTree;
  readonly issues: ConfigIssue[];
}

/**
 * Reads YAML 1.2 (core schema, merge keys) into plain values, without ever running or building anything: tags other than
 * the standard scalar ones are refused, size, depth and alias growth are bounded. Never throws for bad input.
 */
export function readYaml(source: SourceText): YamlReading {
  if (source.text.length > YAML_LIMITS.characters) {
    const limit = `${YAML_LIMITS.characters / 1024} KiB`;
    return broken(`the file is larger than ${limit}; is this really a configuration?`, 'unsafe');
  }
  const deep = findDeepNesting(source.text);
  if (deep !== null)
    return broken('maps and lists are nested too deeply', 'unsafe', source.place(deep, deep + 1));
  // Duplicate keys are looked for in the walk: the parser's own check takes quadratic time.
  const options = { uniqueKeys: false, prettyErrors: false, logLevel: 'error', version: '1.2' } as const;
  const document = parseDocument(source.text, options);
  const issues = document.errors.slice(0, YAML_LIMITS.errors).map((error) => syntaxIssue(error, source));
  if (issues.length > 0) return { tree: new ConfigTree(), issues };
  return new YamlWalk(source).read(document.contents);
}

function syntaxIssue({ code, message, pos }: YAMLError, source: SourceText): ConfigIssue {
  const problem = explainYamlError(code, message);
  return {
    severity: 'error',
    kind: 'syntax',
    key: null,
    problem,
    suggestion: null,
    place: source.place(...pos),
  };
}

function broken(problem: string, kind: ConfigIssue['kind'], place: IssuePlace | null = null): YamlReading {
  const issue: ConfigIssue = { severity: 'error', kind, key: null, problem, suggestion: null, place };
  return { tree: new ConfigTree(), issues: [issue] };
}
