import type { Worker } from 'node:worker_threads';
import { startThread } from '../../../core/start-thread.ts';
import type { GeoTiffOptions } from '../geotiff-options.ts';
import { planGeoTiff } from '../geotiff-plan.ts';
import type { RasterWriter } from '../raster-writer.ts';
import type { Order, Report, Task } from './messages.ts';
import { type PassedError, passedError } from './passed-error.ts';
import { type FarEnd, ThreadedWriter } from './threaded-writer.ts';

/** Bytes of cells that wait for the thread; one block may be larger. */
const BYTES_AHEAD = 32 * 2 ** 20;

/**
 * A thread that compresses, reduces and writes rasters, for programs whose own is busy: a network keeps it from its event loop for seconds.
 * Several rasters share it. It does not keep the program alive when nothing is under way.
 */
export class WriterThread {
  #worker: Worker | null = null;
  readonly #answers = new Map<number, (error: PassedError | Error | null) => void>();
  #orders = 0;
  #rasters = 0;
  #bytesAhead = 0;
  /** Called when cells are taken over. */
  #room: (() => void)[] = [];
  #failure: Error | null = null;

  /** The thread; it starts when there is something to do. */
  #running(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = startThread(new URL('./geotiff-thread', import.meta.url));
    worker.unref();
    worker.on('message', ({ id, error }: Report) => this.#settle(id, error));
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', () => this.#fail(new Error('the thread that writes rasters has ended')));
    this.#worker = worker;
    return worker;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const id of [...this.#answers.keys()]) this.#settle(id, this.#failure);
  }

  #settle(id: number, error: PassedError | Error | null): void {
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    if (this.#answers.size === 0) this.#worker?.unref();
    answer?.(error);
  }

  /** Gives a raster something to do. @throws what it throws there */
  #order(raster: number, path: string, task: Task, transfer: readonly ArrayBuffer[] = []): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const id = this.#orders++;
    const worker = this.#running();
    return new Promise((resolve, reject) => {
      this.#answers.set(id, (error) => {
        if (error === null) resolve();
        else reject(error instanceof Error ? error : passedError(path, error));
      });
      worker.ref();
      worker.postMessage({ id, raster, task } satisfies Order, [...transfer]);
    });
  }

  /** Waits until so many bytes more may wait for the thread. @returns what to call when they are taken over */
  async #roomFor(bytes: number): Promise<() => void> {
    while (this.#bytesAhead > 0 && this.#bytesAhead + bytes > BYTES_AHEAD) {
      await new Promise<void>((resolve) => this.#room.push(resolve));
    }
    this.#bytesAhead += bytes;
    return () => {
      this.#bytesAhead -= bytes;
      for (const resolve of this.#room.splice(0)) resolve();
    };
  }

  /**
   * `createGeoTiff` whose work is done in this thread.
   *
   * @throws OutputExistsError, InvalidArgumentError, UnsupportedCompressionError, UnknownCrsError
   */
  async createGeoTiff(path: string, options: GeoTiffOptions): Promise<RasterWriter> {
    const plan = await planGeoTiff(path, options);
    const raster = this.#rasters++;
    const end: FarEnd = {
      order: (task, transfer) => this.#order(raster, path, task, transfer),
      room: (bytes) => this.#roomFor(bytes),
    };
    return new ThreadedWriter(plan, end);
  }

  /** Ends the thread; rasters that are neither closed nor aborted are lost. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
  }
}
