import { ArpentError } from '../core/errors.ts';

/** One thing to correct (or, as a warning, to look at) in a configuration file. */
export interface ConfigIssue {
  readonly severity: 'error' | 'warning';
  readonly kind: ConfigIssueKind;
  /** Dotted key as written in the file (`model.encoder`, `classes.3[0]`); `null` for the file as a whole. */
  readonly key: string | null;
  /** What is wrong, and what is allowed. */
  readonly problem: string;
  /** The nearest valid spelling, when there is one close enough. */
  readonly suggestion: string | null;
  /** Where it is written; `null` when the key is absent. */
  readonly place: IssuePlace | null;
}

export type ConfigIssueKind =
  | 'syntax'
  | 'duplicate-key'
  | 'unsafe'
  | 'unknown-key'
  | 'missing-key'
  | 'wrong-value'
  | 'conflict'
  | 'missing-file';

/** A stretch of one line (1-based), with the line itself for display. */
export interface IssuePlace {
  readonly line: number;
  readonly column: number;
  /** Number of characters concerned, at least 1. */
  readonly length: number;
  readonly text: string;
}

/** A configuration that cannot be used: `issues` holds every problem, in the order of the file. */
export class ConfigError extends ArpentError {
  readonly issues: readonly ConfigIssue[];

  constructor(file: string | null, issues: readonly ConfigIssue[]) {
    const errors = issues.filter((issue) => issue.severity === 'error');
    const count = errors.length === 1 ? '1 problem' : `${errors.length} problems`;
    const shown = errors.slice(0, SHOWN).map((issue) => formatIssue(issue, file));
    if (errors.length > SHOWN) shown.push(`… and ${errors.length - SHOWN} more`);
    super(`${count} in this configuration\n${shown.join('\n')}`, {
      file: file ?? undefined,
      remedy:
        'correct these lines; "arpent config explain FILE" lists every key with what it means and accepts',
    });
    this.issues = issues;
  }
}

const SHOWN = 30;
const LONGEST_LINE = 160;

/**
 * One issue as text: place, key, problem, suggestion, then the offending line with a caret under it.
 * @param file name shown before the line number.
 */
export function formatIssue(issue: ConfigIssue, file: string | null): string {
  const { place } = issue;
  const where = place === null ? (file ?? '') : `${file ?? 'line'}:${place.line}:${place.column}`;
  const head = [where, issue.severity === 'warning' ? 'warning' : '', issue.key ?? '', issue.problem];
  const hint = issue.suggestion === null ? '' : ` (did you mean ${issue.suggestion}?)`;
  const line = head.filter((part) => part !== '').join(': ') + hint;
  return place === null ? line : `${line}\n${excerpt(place)}`;
}

/** The line and a caret line below it; very long lines are cut around the place. */
function excerpt({ line, column, length, text }: IssuePlace): string {
  const skipped = Math.max(0, Math.min(column - 1 - 40, text.length - LONGEST_LINE));
  const shown = text.slice(skipped, skipped + LONGEST_LINE);
  const before = shown.slice(0, column - 1 - skipped).replaceAll(/[^\t]/g, ' ');
  const gutter = String(line);
  const room = Math.max(1, shown.length - (column - 1 - skipped));
  const carets = '^'.repeat(Math.min(Math.max(1, length), room));
  return `  ${gutter} | ${shown}\n  ${' '.repeat(gutter.length)} | ${before}${carets}`;
}
