import { RasterClosedError } from './errors.ts';
import type { gdal } from './gdal.ts';

/** One opened dataset with the band objects that reads need. */
interface Handle {
  readonly dataset: gdal.Dataset;
  /** Entry `i` is band `i + 1`. */
  readonly bands: readonly gdal.RasterBand[];
  /** Mask bands, where there is a mask to read. */
  readonly masks: readonly (gdal.RasterBand | null)[];
  pending: number;
}

// GDAL's mask flag for "every cell is valid".
const allValid = 1;

/** Bands are fetched at once: asking a busy dataset for one would make the event loop wait for its read. */
function prepare(dataset: gdal.Dataset): Handle {
  const bands = Array.from({ length: dataset.bands.count() }, (_, index) => dataset.bands.get(index + 1));
  const masks = bands.map((band) => (band.getMaskFlags() & allValid ? null : band.getMaskBand()));
  return { dataset, bands, masks, pending: 0 };
}

/**
 * Several openings of one raster. GDAL reads one window at a time per opened dataset, so reads in parallel need several;
 * they are opened only when the others are busy.
 */
export class DatasetHandles {
  readonly #path: string;
  readonly #open: () => Promise<gdal.Dataset>;
  readonly #limit: number;
  readonly #handles: Handle[] = [];
  #opening = 0;
  readonly #reads = new Set<Promise<unknown>>();
  #closed = false;

  /** @param limit most datasets open at a time. */
  constructor(path: string, first: gdal.Dataset, open: () => Promise<gdal.Dataset>, limit: number) {
    this.#path = path;
    this.#open = open;
    this.#limit = limit;
    this.#handles.push(prepare(first));
  }

  get closed(): boolean {
    return this.#closed;
  }

  async #pick(): Promise<Handle> {
    const least = this.#handles.reduce((best, handle) => (handle.pending < best.pending ? handle : best));
    if (least.pending === 0 || this.#handles.length + this.#opening >= this.#limit) return least;
    this.#opening++;
    try {
      const handle = prepare(await this.#open());
      this.#handles.push(handle);
      return handle;
    } finally {
      this.#opening--;
    }
  }

  /** Run a read on the least busy dataset. @throws RasterClosedError */
  use<T>(read: (handle: Pick<Handle, 'bands' | 'masks'>) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new RasterClosedError(this.#path));
    const task = this.#run(read);
    this.#reads.add(task);
    const forget = () => this.#reads.delete(task);
    task.then(forget, forget);
    return task;
  }

  async #run<T>(read: (handle: Pick<Handle, 'bands' | 'masks'>) => Promise<T>): Promise<T> {
    const handle = await this.#pick();
    handle.pending++;
    try {
      return await read(handle);
    } finally {
      handle.pending--;
    }
  }

  /** Wait for the reads under way, then close every dataset. Closing twice is harmless. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled([...this.#reads]);
    for (const { dataset } of this.#handles) dataset.close();
    this.#handles.length = 0;
  }
}
