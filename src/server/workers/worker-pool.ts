import type { ChildProcess } from 'node:child_process';
import type { MapProgress } from '../../inference/index.ts';
import { BusyError, WorkerLostError } from '../errors.ts';
import { RemoteTaskError } from '../http/problem.ts';
import type { Order, Report, TaskArgs, TaskName, TaskValue } from './messages.ts';
import { spawnWorker } from './spawn.ts';

/** How a pool works. */
export interface PoolOptions {
  /** Processes. */
  readonly size: number;
  /** Tasks that may wait; more are refused. */
  readonly queue: number;
  /** Milliseconds a task may take before its process is ended; null: as long as it wants. */
  readonly patience: number | null;
  /** Whether the newest task goes first: what somebody looks at now. */
  readonly newestFirst?: boolean;
  /** Told of errors that nobody foresaw. */
  readonly onDefect?: (text: string) => void;
}

/** How one task is run. */
export interface TaskOptions {
  /** Ends the task: at once while it waits, at its next chance while it runs. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: MapProgress) => void;
}

interface Pending {
  readonly task: TaskName;
  readonly args: unknown;
  readonly options: TaskOptions;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Whether it was given to a second process, for the first was gone before it began. */
  again: boolean;
}

interface Worker {
  readonly process: ChildProcess;
  current: {
    readonly id: number;
    readonly pending: Pending;
    readonly timer: NodeJS.Timeout | null;
    begun: boolean;
  } | null;
}

const lost = (why: string) =>
  new WorkerLostError(`the process that worked on this ${why}`, {
    remedy: 'try once more; a file that does it again is damaged or too large',
  });

/**
 * Processes that work for the server, one task each at a time. One that dies fails its task alone and is replaced; a task that it had not
 * begun goes to another, once.
 */
export class WorkerPool {
  private readonly options: PoolOptions;
  private readonly workers: Worker[] = [];
  private readonly waiting: Pending[] = [];
  private sequence = 0;
  private closed = false;

  constructor(options: PoolOptions) {
    this.options = options;
  }

  /** Tasks that wait and that run. */
  get load(): { readonly waiting: number; readonly running: number } {
    return {
      waiting: this.waiting.length,
      running: this.workers.filter(({ current }) => current !== null).length,
    };
  }

  /** Process numbers of the workers, for tests. */
  get processes(): number[] {
    return this.workers.map(({ process }) => process.pid!);
  }

  /** @throws BusyError when the queue is full; WorkerLostError; what the task throws */
  run<Name extends TaskName>(
    task: Name,
    args: TaskArgs<Name>,
    options: TaskOptions = {},
  ): Promise<TaskValue<Name>> {
    const { signal } = options;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.closed || this.waiting.length >= this.options.queue) {
      return Promise.reject(new BusyError('there is more to do than the server can promise'));
    }
    return new Promise<unknown>((resolve, reject) => {
      const pending: Pending = { task, args, options, resolve, reject, again: false };
      signal?.addEventListener('abort', () => this.cancel(pending), { once: true });
      this.waiting.push(pending);
      this.serve();
    }) as Promise<TaskValue<Name>>;
  }

  private cancel(pending: Pending): void {
    const place = this.waiting.indexOf(pending);
    if (place >= 0) {
      this.waiting.splice(place, 1);
      pending.reject(pending.options.signal?.reason);
      return;
    }
    const worker = this.workers.find(({ current }) => current?.pending === pending);
    if (worker?.current) this.order(worker, { kind: 'cancel', id: worker.current.id });
  }

  private order(worker: Worker, order: Order): void {
    worker.process.send(order, (error) => {
      if (error !== null) this.bury(worker, 'cannot be reached');
    });
  }

  private serve(): void {
    while (this.waiting.length > 0) {
      let worker = this.workers.find(({ current }) => current === null);
      if (worker === undefined) {
        if (this.workers.length >= this.options.size) return;
        worker = this.hire();
      }
      const pending = (this.options.newestFirst === true ? this.waiting.pop() : this.waiting.shift())!;
      this.begin(worker, pending);
    }
  }

  private begin(worker: Worker, pending: Pending): void {
    const id = ++this.sequence;
    const { patience } = this.options;
    const timer =
      patience === null
        ? null
        : setTimeout(() => this.end(worker, `took longer than ${patience / 1000} s`), patience);
    worker.current = { id, pending, timer, begun: false };
    this.order(worker, { kind: 'run', id, task: pending.task, args: pending.args });
  }

  private hire(): Worker {
    const worker: Worker = { process: spawnWorker(), current: null };
    worker.process.on('message', (report: Report) => this.hear(worker, report));
    worker.process.on('exit', () => this.bury(worker, 'ended'));
    worker.process.on('error', () => this.bury(worker, 'could not be started'));
    this.workers.push(worker);
    return worker;
  }

  private hear(worker: Worker, report: Report): void {
    const { current } = worker;
    if (current === null || current.id !== report.id) return;
    if (report.kind === 'begun') {
      current.begun = true;
      return;
    }
    if (report.kind === 'progress') {
      current.pending.options.onProgress?.(report.value);
      return;
    }
    worker.current = null;
    if (current.timer !== null) clearTimeout(current.timer);
    if (report.kind === 'done') current.pending.resolve(report.value);
    else {
      const { name, problem, remedy } = report.error;
      const aborted = current.pending.options.signal?.aborted === true;
      if (report.stack !== null && !aborted) this.options.onDefect?.(report.stack);
      current.pending.reject(new RemoteTaskError(name, problem, remedy));
    }
    this.serve();
  }

  private end(worker: Worker, why: string): void {
    worker.process.kill('SIGKILL');
    this.bury(worker, why, false);
  }

  /** Forgets a process that is gone, and fails what it did; what it had not begun goes to another where `again` allows it. */
  private bury(worker: Worker, why: string, again = true): void {
    const place = this.workers.indexOf(worker);
    if (place < 0) return;
    this.workers.splice(place, 1);
    const { current } = worker;
    worker.current = null;
    if (current !== null) {
      if (current.timer !== null) clearTimeout(current.timer);
      if (!again || current.begun || !this.retry(current.pending)) current.pending.reject(lost(why));
    }
    if (!this.closed) this.serve();
  }

  /** Lets a task wait for another process, as the next one. @returns whether it may */
  private retry(pending: Pending): boolean {
    if (pending.again || this.closed || pending.options.signal?.aborted === true) return false;
    pending.again = true;
    if (this.options.newestFirst === true) this.waiting.push(pending);
    else this.waiting.unshift(pending);
    return true;
  }

  /** Refuses what waits, lets what runs stop at its next chance, and ends the processes after a grace period. */
  async close(grace = 8000): Promise<void> {
    this.closed = true;
    for (const pending of this.waiting.splice(0)) pending.reject(new BusyError('the server is closing'));
    await Promise.all(
      this.workers.map(async (worker) => {
        const gone = new Promise<void>((resolve) => worker.process.once('exit', () => resolve()));
        if (worker.current === null) worker.process.disconnect();
        else {
          this.order(worker, { kind: 'cancel', id: worker.current.id });
          const stopped = worker.current.pending;
          const timer = setTimeout(() => worker.process.kill('SIGKILL'), grace);
          const check = setInterval(() => {
            if (worker.current?.pending === stopped) return;
            clearInterval(check);
            if (worker.process.connected) worker.process.disconnect();
          }, 20);
          await gone;
          clearTimeout(timer);
          clearInterval(check);
          return;
        }
        await gone;
      }),
    );
  }
}
