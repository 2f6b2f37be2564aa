import { Worker } from 'node:worker_threads';
import { type FoldedTile, type FoldPlan, type FoldTask, WindowFold } from './fold-windows.ts';
import { handedOver } from './handed-over.ts';

/** Where answers become finished windows: here, or in a thread beside the one that drives the network. */
export interface Folding {
  /** Takes the next window, waiting while too many are under way. @returns windows that are finished, in order */
  push(task: FoldTask): Promise<readonly FoldedTile[]>;
  /** Waits for all. */
  drain(): Promise<readonly FoldedTile[]>;
  close(): Promise<void>;
}

/** Answers under way: one that is being folded, and the next. Each holds the scores of a window. */
export const FOLDS_UNDER_WAY = 2;

/** Folds each answer at once. */
export class FoldingHere implements Folding {
  private readonly fold: WindowFold;

  constructor(plan: FoldPlan) {
    this.fold = new WindowFold(plan);
  }

  async push(task: FoldTask): Promise<readonly FoldedTile[]> {
    const folded = this.fold.add(task);
    return folded === null ? [] : [folded];
  }

  async drain(): Promise<readonly FoldedTile[]> {
    return [];
  }

  async close(): Promise<void> {}
}

const arraysOf = ({ answer, valid }: FoldTask) => {
  if (answer === null) return [valid];
  const { scores, inside } = answer;
  const parts = Array.isArray(scores)
    ? scores.map((part) => part.scores as Float32Array)
    : [scores as Uint8Array | Float32Array];
  return [...parts, inside?.classes, valid];
};

/** Starts a script of this folder in a thread; from TypeScript sources through tsx, from `dist` as it is. */
function startThread(name: string, workerData: unknown): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL(`./${name}.js`, import.meta.url), { workerData });
  }
  // Threads do not inherit loaders in Node.js 20, and look for packages from the current folder.
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const script = JSON.stringify(new URL(`./${name}.ts`, import.meta.url).href);
  const load = `import(${loader}).then(({ register }) => { register(); return import(${script}); })`;
  return new Worker(load, { eval: true, workerData });
}

/** Folds in a thread of its own, so that the network does not wait. The answers' memory is handed over, not copied. */
export class FoldingThread implements Folding {
  private readonly worker: Worker;
  private readonly folded: FoldedTile[] = [];
  private underWay = 0;
  private failure: Error | null = null;
  private wake: () => void = () => {};

  constructor(plan: FoldPlan) {
    this.worker = startThread('fold-thread', plan);
    this.worker.on('message', (folded: FoldedTile | null) => {
      this.underWay--;
      if (folded !== null) this.folded.push(folded);
      this.wake();
    });
    this.worker.on('error', (error) => {
      this.failure = error;
      this.wake();
    });
  }

  async push(task: FoldTask): Promise<readonly FoldedTile[]> {
    await this.until(FOLDS_UNDER_WAY - 1);
    this.underWay++;
    this.worker.postMessage(task, handedOver(arraysOf(task)));
    return this.folded.splice(0);
  }

  async drain(): Promise<readonly FoldedTile[]> {
    await this.until(0);
    return this.folded.splice(0);
  }

  private async until(underWay: number): Promise<void> {
    while (this.failure === null && this.underWay > underWay) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.failure !== null) throw this.failure;
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}
