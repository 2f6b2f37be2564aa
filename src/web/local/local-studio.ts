import type { LocalOrder, LocalReport, LocalTask, LocalTasks } from './messages.ts';

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((share: number) => void) | undefined;
}

/** Somebody else asked for the same thing later: nothing to tell about. */
export class CancelledError extends Error {}

/** The worker that runs networks in this page, started when it is first asked for something. */
export class LocalStudio {
  private worker: Worker | null = null;
  private readonly pending = new Map<number, Pending>();
  private sequence = 0;

  private start(): Worker {
    const worker = new Worker('/worker.js', { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<LocalReport>) => this.hear(data));
    worker.addEventListener('error', (event) => {
      for (const { reject } of this.pending.values()) reject(new Error(event.message));
      this.pending.clear();
    });
    return worker;
  }

  private hear(report: LocalReport): void {
    const pending = this.pending.get(report.id);
    if (pending === undefined) return;
    if (report.kind === 'progress') {
      pending.onProgress?.(report.share);
      return;
    }
    this.pending.delete(report.id);
    if (report.kind === 'done') pending.resolve(report.value as never);
    else
      pending.reject(
        report.message === 'cancelled' ? new CancelledError(report.message) : new Error(report.message),
      );
  }

  ask<Task extends LocalTask>(
    task: Task,
    args: LocalTasks[Task]['args'],
    options: { readonly signal?: AbortSignal; readonly onProgress?: (share: number) => void } = {},
  ): Promise<LocalTasks[Task]['value']> {
    this.worker ??= this.start();
    const { worker } = this;
    const id = ++this.sequence;
    const order = (message: LocalOrder) => worker.postMessage(message);
    options.signal?.addEventListener('abort', () => order({ kind: 'cancel', id }), { once: true });
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject, onProgress: options.onProgress });
      order({ kind: 'run', id, task, args });
    });
  }
}
