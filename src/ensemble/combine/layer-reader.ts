import { allocateCells, type PixelArray, type RasterWindow } from '../../raster/index.ts';
import type { Layer } from './layers.ts';
import type { OpenedInput } from './open-inputs.ts';
import { type VectorCells, vectorCells } from './vector-memory.ts';

/** Most windows in memory: one is combined while the others are read. */
const MOST = 3;

/**
 * Reads windows into sets of cells in turn: while one window is combined the next ones are read, and fresh memory for each would
 * cost about as much as reading. Bytes lie where WebAssembly reaches them.
 */
export class LayerReader {
  readonly #inputs: readonly OpenedInput[];
  readonly #sets: readonly (readonly PixelArray[])[];
  readonly #bytes: VectorCells | null;
  #turn = 0;

  /** @param windows how many there are, and the pixels of the largest */
  constructor(inputs: readonly OpenedInput[], { count, pixels }: { count: number; pixels: number }) {
    this.#inputs = inputs;
    const lengths = inputs.map(({ raster }) => raster.bands.length * pixels);
    const asBytes = inputs.every(({ raster }) => raster.dataType === 'uint8');
    const sets = Array.from({ length: Math.min(MOST, count) }, (_, set) => set);
    this.#bytes = asBytes ? vectorCells(sets.flatMap(() => lengths)) : null;
    const made = this.#bytes?.cells;
    this.#sets = sets.map((set) =>
      inputs.map(
        ({ raster }, i) => made?.[set * inputs.length + i] ?? allocateCells(raster.dataType, lengths[i]!),
      ),
    );
  }

  /** Windows that may be read at a time while one is combined. */
  get ahead(): number {
    return this.#sets.length - 1;
  }

  /** The layers of a window by name. They hold until as many more windows are read as may be at a time. */
  async read(window: RasterWindow): Promise<ReadonlyMap<string, Layer>> {
    const set = this.#sets[this.#turn++ % this.#sets.length]!;
    const { width, height } = window;
    const pixels = width * height;
    const most = Math.max(...this.#inputs.map(({ raster }) => raster.bands.length));
    const reads: Promise<unknown>[] = [];
    // A band of each input in turn: GDAL reads one band of a raster at a time, and neighbours in this order never wait for one another.
    for (let band = 0; band < most; band++) {
      for (const [i, { raster }] of this.#inputs.entries()) {
        if (band >= raster.bands.length) continue;
        const into = set[i]!.subarray(band * pixels, (band + 1) * pixels);
        reads.push(raster.read({ ...window, bands: [raster.bands[band]!], into }));
      }
    }
    await Promise.all(reads);
    return new Map(
      this.#inputs.map(({ name, raster, layerOf }, i) => {
        const bands = raster.bands.length;
        return [name, layerOf({ data: set[i]!.subarray(0, bands * pixels), bands, width, height })];
      }),
    );
  }

  /** Gives the cells back; no layer holds any longer. */
  release(): void {
    this.#bytes?.release();
  }
}
