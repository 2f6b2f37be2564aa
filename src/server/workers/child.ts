// A process that decodes files or runs networks for the server. Whatever happens to it, the server goes on.
import { ArpentError } from '../../core/index.ts';
import type { MapProgress } from '../../inference/index.ts';
import type { Order, Report, TaskName } from './messages.ts';
import { type TaskContext, tasks } from './tasks/index.ts';

const running = new Map<number, AbortController>();

function report(message: Report): void {
  // The server may be gone already; then nobody is left to tell.
  process.send?.(message, undefined, undefined, () => {});
}

function described(error: unknown): Extract<Report, { kind: 'failed' }>['error'] {
  if (error instanceof ArpentError) {
    return { name: error.name, problem: error.problem, remedy: error.remedy };
  }
  const { name = 'Error', message = String(error) } = error instanceof Error ? error : {};
  return { name, problem: message, remedy: 'look at the output of `arpent serve`' };
}

async function run(id: number, name: TaskName, args: unknown): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  const context: TaskContext = {
    signal: controller.signal,
    onProgress: (value: MapProgress) => report({ kind: 'progress', id, value }),
  };
  try {
    const task = (await tasks[name]()) as (args: unknown, context: TaskContext) => Promise<unknown>;
    report({ kind: 'done', id, value: await task(args, context) });
  } catch (error) {
    const stack = error instanceof ArpentError || !(error instanceof Error) ? null : (error.stack ?? null);
    report({ kind: 'failed', id, error: described(error), stack });
  } finally {
    running.delete(id);
  }
}

process.on('message', (order: Order) => {
  if (order.kind === 'cancel') running.get(order.id)?.abort();
  else {
    report({ kind: 'begun', id: order.id });
    void run(order.id, order.task, order.args);
  }
});
// Ctrl-C reaches the whole process group; the server decides when its workers end.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
