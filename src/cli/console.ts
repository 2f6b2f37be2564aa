import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { ProgressLines, type ProgressView, TerminalBar, type TextSink } from './progress.ts';
import type { ProgressState } from './progress-text.ts';

/** How a command talks. */
export interface ConsoleOptions {
  /** JSON lines on stdout and nothing else. */
  readonly json?: boolean | undefined;
  /** Results, warnings and errors only. */
  readonly quiet?: boolean | undefined;
  /** Show how far long tasks are. Default true. */
  readonly progress?: boolean;
  readonly stdout?: TextSink;
  readonly stderr?: TextSink;
}

/**
 * What a command says: results and remarks on stdout, warnings and progress on stderr, or everything as JSON lines.
 *
 * Progress goes to stderr so that `arpent … > results.txt` keeps results alone.
 */
export class Console {
  readonly json: boolean;
  private readonly quiet: boolean;
  private readonly stdout: TextSink;
  private readonly stderr: TextSink;
  private readonly view: ProgressView | null;
  private log: string | null = null;
  private lastEmit = 0;

  constructor(options: ConsoleOptions = {}) {
    const { json = false, quiet = false, progress = true } = options;
    this.json = json;
    this.quiet = quiet;
    this.stdout = options.stdout ?? process.stdout;
    this.stderr = options.stderr ?? process.stderr;
    const shown = progress && !json && !quiet;
    this.view = !shown
      ? null
      : this.stderr.isTTY === true
        ? new TerminalBar(this.stderr)
        : new ProgressLines(this.stderr);
  }

  /** From now on a file receives everything that is said as well. @param append keep what is in it */
  openLog(path: string, append: boolean): void {
    mkdirSync(dirname(path), { recursive: true });
    if (!append) writeFileSync(path, '');
    this.log = path;
  }

  private record(text: string): void {
    if (this.log === null) return;
    try {
      appendFileSync(this.log, `${stripVTControlCharacters(text)}\n`);
    } catch (error) {
      // A log that cannot be written (full disk, folder gone) must not hide what is being told.
      this.log = null;
      this.warn(`the log is given up: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Something for the log alone. */
  note(text: string): void {
    this.record(text);
  }

  /** A remark on the way; silent with `--quiet` and `--json`. */
  say(text: string): void {
    this.record(text);
    if (this.quiet || this.json) return;
    this.view?.clear();
    this.stdout.write(`${text}\n`);
  }

  /** What the command was called for: shown with `--quiet` too; with `--json` the event says it. */
  result(text: string): void {
    this.record(text);
    if (this.json) return;
    this.view?.clear();
    this.stdout.write(`${text}\n`);
  }

  /** Something that deserves a look. */
  warn(text: string): void {
    this.record(`warning: ${text}`);
    if (this.json) this.emit('warning', { text });
    else {
      this.view?.clear();
      this.stderr.write(`warning: ${text}\n`);
    }
  }

  /** How far a long task is. */
  progress(state: ProgressState): void {
    if (!this.json) this.view?.update(state);
    else if (performance.now() - this.lastEmit >= 100 || state.done === state.total) {
      this.lastEmit = performance.now();
      this.emit('progress', { task: state.label, done: state.done, total: state.total, unit: state.unit });
    }
  }

  /** One JSON line, with `--json`; numbers that JSON cannot say are null. */
  emit(event: string, data: Readonly<Record<string, unknown>>): void {
    if (this.json) this.stdout.write(`${JSON.stringify({ event, ...data })}\n`);
  }

  /** Takes the bar away. */
  close(): void {
    this.view?.clear();
  }
}
