import { type ProgressState, progressLine } from './progress-text.ts';

/** Where progress is shown. */
export interface ProgressView {
  /** Takes note of how far a task is; draws when it is time. */
  update(state: ProgressState): void;
  /** Makes room for a line that stays. */
  clear(): void;
}

/** What a view writes to: a terminal or a file. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Tasks shorter than this many milliseconds show nothing. */
export const PATIENCE = 2000;

const REDRAW = 100;

/** The clock of the current task, restarted by a new label; work done before it was first seen does not count. */
class TaskClock {
  private label: string | null = null;
  private began = 0;
  private doneAtStart = 0;
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  /** @returns whether this is a new task */
  follow({ label, done, total }: ProgressState): boolean {
    if (label === this.label) return false;
    this.label = label;
    this.began = this.now();
    this.doneAtStart = done < total ? done : 0;
    return true;
  }

  /** Milliseconds since the task began. */
  get elapsed(): number {
    return this.now() - this.began;
  }

  /** Seconds that the work done so far would have taken at the present speed. */
  seconds({ done }: ProgressState): number {
    const counted = done - this.doneAtStart;
    return counted > 0 ? (this.elapsed / 1000) * (done / counted) : 0;
  }
}

/** A bar at the foot of a terminal, redrawn at most ten times a second. */
export class TerminalBar implements ProgressView {
  private readonly sink: TextSink;
  private readonly clock: TaskClock;
  private readonly now: () => number;
  private drawn = false;
  private lastDraw = 0;

  constructor(sink: TextSink, now: () => number = () => performance.now()) {
    this.sink = sink;
    this.now = now;
    this.clock = new TaskClock(now);
  }

  update(state: ProgressState): void {
    this.clock.follow(state);
    const now = this.now();
    if (this.clock.elapsed < PATIENCE || now - this.lastDraw < REDRAW) return;
    this.lastDraw = now;
    this.drawn = true;
    const columns = this.sink.columns ?? 80;
    const line = progressLine(state, this.clock.seconds(state), columns >= 100 ? 24 : 12);
    this.sink.write(`\r\u001B[2K${[...line].slice(0, columns - 1).join('')}`);
  }

  clear(): void {
    if (this.drawn) this.sink.write('\r\u001B[2K');
    this.drawn = false;
    this.lastDraw = 0;
  }
}

/** A line for every so many percent, for files and pipes. */
export class ProgressLines implements ProgressView {
  private readonly sink: TextSink;
  private readonly clock: TaskClock;
  private readonly step: number;
  private next = 0;

  /** @param percent distance of two lines */
  constructor(sink: TextSink, percent = 10, now: () => number = () => performance.now()) {
    this.sink = sink;
    this.step = percent;
    this.clock = new TaskClock(now);
  }

  update(state: ProgressState): void {
    const percent = state.total > 0 ? (100 * state.done) / state.total : 100;
    if (this.clock.follow(state)) this.next = this.step;
    if (percent < this.next) return;
    this.next = (Math.floor(percent / this.step) + 1) * this.step;
    if (this.clock.elapsed >= PATIENCE) {
      this.sink.write(`${progressLine(state, this.clock.seconds(state))}\n`);
    }
  }

  clear(): void {}
}
