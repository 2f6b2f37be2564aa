import type { PixelBlock } from '../../pixel-block.ts';
import type { ImageFormat } from '../../tiff/image.ts';
import type { RasterWindow } from '../../window.ts';
import { checkBlock, writtenTooLate } from '../check-block.ts';
import type { GeoTiffPlan } from '../geotiff-plan.ts';
import type { RasterWriter } from '../raster-writer.ts';
import type { Task } from './messages.ts';

/** A raster's place in the thread that writes it. */
export interface FarEnd {
  /** Gives it something to do. @throws what it throws there */
  order(task: Task, transfer?: readonly ArrayBuffer[]): Promise<void>;
  /** Waits until so many bytes more may wait for the thread. @returns what to call when they are taken over */
  room(bytes: number): Promise<() => void>;
}

/** The near end of a raster that a thread writes. */
export class ThreadedWriter implements RasterWriter {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly #format: ImageFormat;
  readonly #end: FarEnd;
  /** What creates the raster in the thread, until there is something for it to do: the thread starts no sooner. */
  #creation: Task | null;
  readonly #underWay = new Set<Promise<void>>();
  #turn: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;
  #over = false;

  constructor(plan: GeoTiffPlan, end: FarEnd) {
    this.path = plan.path;
    this.width = plan.options.width;
    this.height = plan.options.height;
    this.bands = plan.format.bands;
    this.#format = plan.format;
    this.#end = end;
    this.#creation = { kind: 'create', plan };
  }

  async write(block: PixelBlock, x: number, y: number, band?: number): Promise<void> {
    this.#checkOpen();
    checkBlock(this.path, this.#format, block, band);
    // The block's memory is its owner's again when this resolves.
    const data = block.data.slice();
    const task: Task = { kind: 'write', block: { ...block, data }, x, y, band };
    await this.#send(task, data.byteLength, [data.buffer as ArrayBuffer]);
  }

  async skip(window: RasterWindow): Promise<void> {
    this.#checkOpen();
    await this.#send({ kind: 'skip', window }, 0);
  }

  #checkOpen(): void {
    if (this.#over) throw writtenTooLate(this.path);
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Sends what nobody waits for, in order; its failure is the next call's. */
  #send(task: Task, bytes: number, transfer: readonly ArrayBuffer[] = []): Promise<void> {
    this.#create();
    this.#turn = this.#turn.then(async () => {
      const takenOver = await this.#end.room(bytes);
      const done = this.#end
        .order(task, transfer)
        .catch((error: unknown) => {
          this.#failure ??= { error };
        })
        .finally(() => {
          this.#underWay.delete(done);
          takenOver();
        });
      this.#underWay.add(done);
    });
    return this.#turn;
  }

  #create(): void {
    const creation = this.#creation;
    this.#creation = null;
    if (creation !== null) void this.#send(creation, 0);
  }

  async close(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#create();
    await this.#turn;
    await Promise.all(this.#underWay);
    if (this.#failure === null) return this.#end.order({ kind: 'close' });
    await this.#end.order({ kind: 'abort' }).catch(() => {});
    throw this.#failure.error;
  }

  async abort(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    if (this.#creation !== null) return;
    await this.#turn;
    // A thread that has ended holds nothing that could be given up.
    await this.#end.order({ kind: 'abort' }).catch(() => {});
  }
}
