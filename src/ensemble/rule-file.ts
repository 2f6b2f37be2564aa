import { readFile } from 'node:fs/promises';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { ArpentError, ErrorDetails, ErrorPlace } from '../core/index.ts';

type Issue = z.core.$ZodIssue;
type Key = PropertyKey;

/** Where a value stands, by its keys from the top of the file. */
export type PlaceOf = (path: readonly (string | number)[]) => ErrorPlace;

/** The place of a value that was not read from a file. */
export const keyPlace: PlaceOf = (path) => (path.length === 0 ? {} : { key: keyOf(path) });

/** A value that is of another kind altogether, so that nobody meant this alternative. */
function isOther({ code, path }: Issue): boolean {
  if (code === 'invalid_type') return path.length === 0;
  return code === 'invalid_union' ? path.length === 0 : code === 'invalid_value' && path[0] === 'kind';
}

/** What is wrong and where: of a union's alternatives the one that was meant, the least of which is wrong. */
function closest(issue: Issue): { readonly path: readonly Key[]; readonly issue: Issue } {
  if (issue.code !== 'invalid_union') return { path: issue.path, issue };
  const meant = issue.errors
    .map((issues) => issues.map(closest))
    .filter(
      (found) => found.length > 0 && !found.some((each) => isOther({ ...each.issue, path: [...each.path] })),
    )
    .sort((a, b) => a.length - b.length)[0]?.[0];
  return meant === undefined
    ? { path: issue.path, issue }
    : { path: [...issue.path, ...meant.path], issue: meant.issue };
}

/** The line of a value, or of the nearest value around it that the text has. */
function lineOf(document: Document, lines: LineCounter, path: readonly Key[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}

/** `rule.of[1].least` */
const keyOf = (path: readonly Key[]) =>
  path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`))
    .join('');

/**
 * Reads a rule from YAML.
 * @returns the rule, and where its parts stand, for what is found wrong later.
 * @param Problem what is thrown, naming file, line and key of the first thing that is wrong
 * @param remedy what such a file holds, as an instruction
 */
export async function readRuleFile<T>(
  file: string,
  schema: z.ZodType<T>,
  Problem: new (problem: string, details: ErrorDetails) => ArpentError,
  remedy: string,
): Promise<{ readonly value: T; readonly placeOf: PlaceOf }> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new Problem('the file cannot be read', { file, remedy: 'check the path', cause });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line, col: column } = lines.linePos(broken.pos[0]);
    const problem = `this is not YAML: ${broken.message}`;
    throw new Problem(problem, { file, line, column, remedy: 'correct this line', cause: broken });
  }
  const result = schema.safeParse(document.toJS());
  const placeOf = (path: readonly Key[]) => ({
    ...{ file, line: lineOf(document, lines, path) },
    ...(path.length === 0 ? {} : { key: keyOf(path) }),
  });
  if (result.success) return { value: result.data, placeOf };
  const { path, issue } = closest(result.error.issues[0]!);
  throw new Problem(issue.message, { ...placeOf(path), remedy });
}
