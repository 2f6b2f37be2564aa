import type { Worker } from 'node:worker_threads';
import { startThread } from '../../core/start-thread.ts';
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

/** Folds in a thread of its own, so that the network does not wait. The answers' memory is handed over, not copied. */
export class FoldingThread implements Folding {
  private readonly plan: FoldPlan;
  private worker: Worker | null = null;
  private readonly folded: FoldedTile[] = [];
  private underWay = 0;
  private failure: Error | null = null;
  private wake: () => void = () => {};

  constructor(plan: FoldPlan) {
    this.plan = plan;
  }

  /** The thread; it starts with the first answer, for reading what comes before needs the processor. */
  private running(): Worker {
    if (this.worker !== null) return this.worker;
    const worker = startThread(new URL('./fold-thread', import.meta.url), this.plan);
    worker.on('message', (folded: FoldedTile | null) => {
      this.underWay--;
      if (folded !== null) this.folded.push(folded);
      this.wake();
    });
    worker.on('error', (error) => {
      this.failure = error;
      this.wake();
    });
    this.worker = worker;
    return worker;
  }

  async push(task: FoldTask): Promise<readonly FoldedTile[]> {
    await this.until(FOLDS_UNDER_WAY - 1);
    this.underWay++;
    this.running().postMessage(task, handedOver(arraysOf(task)));
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
    await this.worker?.terminate();
  }
}
