import type { FoldedTile } from './fold-windows.ts';
import type { Journal } from './journal.ts';
import type { MapOutputs } from './outputs.ts';

/** Finished windows on their way to the disk at a time; beyond it the stream waits. */
const MOST_UNDER_WAY = 8;

/** Takes finished windows to the journal and the outputs, in order, while the network goes on. */
export class CommitQueue {
  private readonly outputs: MapOutputs;
  private readonly journal: Journal | null;
  private readonly underWay: Promise<void>[] = [];
  private tail: Promise<void> = Promise.resolve();

  constructor(outputs: MapOutputs, journal: Journal | null) {
    this.outputs = outputs;
    this.journal = journal;
  }

  /** Takes a window over; waits while too many are under way. @throws DiskFullError of this or an earlier window */
  async push({ tile, record }: FoldedTile): Promise<void> {
    while (this.underWay.length >= MOST_UNDER_WAY) await this.underWay[0];
    const { journal } = this;
    const task = this.tail.then(async () => {
      const writing = this.outputs.write(tile);
      writing.catch(() => {});
      if (journal !== null && record !== null) await journal.append(record);
      await writing;
    });
    this.tail = task;
    this.underWay.push(task);
    const leave = () => this.underWay.splice(this.underWay.indexOf(task), 1);
    task.then(leave, leave);
  }

  /** Waits for everything that was pushed. @throws what went wrong on the way */
  async drain(): Promise<void> {
    await this.tail;
  }

  /** Forces the journal to the disk once everything pushed so far is in it, without waiting for it. */
  checkpoint(): void {
    const { journal } = this;
    if (journal === null) return;
    this.tail = this.tail.then(() => journal.sync());
    this.tail.catch(() => {});
  }
}

/** Settings as the first record of a journal. */
export const encodeSettings = (settings: unknown): Buffer => Buffer.from(JSON.stringify(settings), 'utf8');
