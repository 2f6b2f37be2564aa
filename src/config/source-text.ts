import type { IssuePlace } from './config-issue.ts';

/** A text with fast translation of offsets into lines and columns. */
export class SourceText {
  readonly text: string;
  /** Name for messages; `null` when the text did not come from a file. */
  readonly file: string | null;
  readonly #starts: readonly number[];

  constructor(text: string, file: string | null) {
    this.text = text;
    this.file = file;
    const starts = [0];
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#starts = starts;
  }

  /** 1-based line of an offset. */
  lineOf(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** The stretch from `start` to `end`, cut at the end of its first line. */
  place(start: number, end: number): IssuePlace {
    const line = this.lineOf(start);
    const lineStart = this.#starts[line - 1]!;
    const lineEnd = (this.#starts[line] ?? this.text.length + 1) - 1;
    const text = this.text.slice(lineStart, lineEnd).replace(/\r$/, '');
    const length = Math.max(1, Math.min(end, lineStart + text.length) - start);
    return { line, column: start - lineStart + 1, length, text };
  }
}
