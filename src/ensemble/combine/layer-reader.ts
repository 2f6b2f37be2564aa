import { allocateCells, type PixelArray, type RasterWindow } from '../../raster/index.ts';
import type { Layer } from './layers.ts';
import type { OpenedInput } from './open-inputs.ts';
import { type VectorCells, vectorCells } from './vector-memory.ts';

/**
 * Reads windows into two sets of cells in turn: while one window is combined the next is read, and fresh memory for each would
 * cost about as much as reading. Bytes lie where WebAssembly reaches them.
 */
export class LayerReader {
  readonly #inputs: readonly OpenedInput[];
  readonly #sets: readonly (readonly PixelArray[])[];
  readonly #bytes: VectorCells | null;
  #turn = 0;

  /** @param pixels of the largest window */
  constructor(inputs: readonly OpenedInput[], pixels: number) {
    this.#inputs = inputs;
    const lengths = inputs.map(({ raster }) => raster.bands.length * pixels);
    const asBytes = inputs.every(({ raster }) => raster.dataType === 'uint8');
    this.#bytes = asBytes ? vectorCells([...lengths, ...lengths]) : null;
    const made = this.#bytes?.cells;
    this.#sets = [0, 1].map((set) =>
      inputs.map(
        ({ raster }, i) => made?.[set * inputs.length + i] ?? allocateCells(raster.dataType, lengths[i]!),
      ),
    );
  }

  /** The layers of a window by name. They hold until the window after the next is read. */
  async read(window: RasterWindow): Promise<ReadonlyMap<string, Layer>> {
    const cells = this.#sets[this.#turn++ % 2]!;
    const layers = await Promise.all(
      this.#inputs.map(({ raster, read }, i) =>
        read(window, cells[i]!.subarray(0, raster.bands.length * window.width * window.height)),
      ),
    );
    return new Map(this.#inputs.map(({ name }, i) => [name, layers[i]!]));
  }

  /** Gives the cells back; no layer holds any longer. */
  release(): void {
    this.#bytes?.release();
  }
}
