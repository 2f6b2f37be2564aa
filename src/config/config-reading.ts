import type { ConfigIssue, ConfigIssueKind } from './config-issue.ts';
import { type ConfigTree, formatPath, type KeyPath } from './config-tree.ts';
import type { SourceText } from './source-text.ts';

/** A file on its way from text to configuration: its values, and the problems found so far. */
export class ConfigReading {
  readonly source: SourceText;
  readonly tree: ConfigTree;
  readonly issues: ConfigIssue[];

  constructor(source: SourceText, tree: ConfigTree, issues: ConfigIssue[]) {
    this.source = source;
    this.tree = tree;
    this.issues = issues;
  }

  get failed(): boolean {
    return this.issues.some((issue) => issue.severity === 'error');
  }

  /** Adds an error about a key, placed where the key (or the nearest key around it) is written. */
  error(kind: ConfigIssueKind, path: KeyPath, problem: string, suggestion: string | null = null): void {
    this.#add('error', kind, path, problem, suggestion);
  }

  warning(kind: ConfigIssueKind, path: KeyPath, problem: string, suggestion: string | null = null): void {
    this.#add('warning', kind, path, problem, suggestion);
  }

  /** 1-based line of a key; `null` when it is not in the file. */
  lineOf(path: KeyPath): number | null {
    const origin = this.tree.originOf(path);
    return origin === undefined ? null : this.source.lineOf(origin.keyStart ?? origin.start);
  }

  #add(
    severity: ConfigIssue['severity'],
    kind: ConfigIssueKind,
    path: KeyPath,
    problem: string,
    suggestion: string | null,
  ): void {
    const origin = this.tree.originOf(path);
    const key = path.length === 0 ? null : formatPath(origin?.writtenAs ?? path);
    const place = this.#place(kind, path);
    this.issues.push({ severity, kind, key, problem, suggestion, place });
  }

  #place(kind: ConfigIssueKind, path: KeyPath) {
    const own = this.tree.originOf(path);
    if (own !== undefined) {
      const atKey = kind === 'unknown-key' && own.keyStart !== undefined;
      return atKey
        ? this.source.place(own.keyStart, own.keyEnd ?? own.end)
        : this.source.place(own.start, own.end);
    }
    for (let length = path.length - 1; length > 0; length--) {
      const around = this.tree.originOf(path.slice(0, length));
      if (around !== undefined) {
        return this.source.place(around.keyStart ?? around.start, around.keyEnd ?? around.start + 1);
      }
    }
    return null;
  }
}
