import {
  blockWindows,
  createGeoTiff,
  pixelBlock,
  type RasterClass,
  type RasterWindow,
  type Size,
} from '../../raster/index.ts';
import { NO_VOTE } from '../votes/class-vote.ts';
import { applyRule } from './apply-rule.ts';
import { asClasses, asProbabilities, type Layer } from './layers.ts';
import { type OpenedInput, openInputs } from './open-inputs.ts';
import { checkCombination } from './read-combination.ts';
import type { Combination } from './rule.ts';

/** How rasters are combined and written. */
export interface CombineOptions {
  /** Colours and names of the classes, for the colour table. */
  readonly classes?: readonly RasterClass[];
  /** How probabilities are stored; default `uint8` (rounded to 255ths). */
  readonly probabilities?: 'uint8' | 'float32';
  readonly overwrite?: boolean;
  /** Most cells of all inputs in memory for one window. Default 2²⁴. */
  readonly cells?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Windows that decode few blocks twice: whole blocks of the input with the most bands, as many as the cells allow. */
function windowSize(inputs: readonly OpenedInput[], cells: number): Size {
  const bands = inputs.reduce((sum, { raster }) => sum + raster.bandCount, 0);
  const widest = inputs.reduce((a, b) => (b.raster.bandCount > a.raster.bandCount ? b : a)).raster;
  const { width: blockWidth, height: blockHeight } = widest.blockSize;
  const pixels = Math.floor(cells / bands);
  const whole = (length: number, block: number, most: number) =>
    Math.min(most, Math.max(block, Math.floor(length / block) * block));
  const width = whole(Math.min(pixels / blockHeight, 2048), blockWidth, widest.width);
  return { width, height: whole(Math.min(pixels / width, 2048), blockHeight, widest.height) };
}

async function readLayers(
  inputs: readonly OpenedInput[],
  window: RasterWindow,
): Promise<ReadonlyMap<string, Layer>> {
  const layers = await Promise.all(inputs.map(({ read }) => read(window)));
  return new Map(inputs.map(({ name }, place) => [name, layers[place]!]));
}

/** Probabilities in 255ths, rounded; all 0 where there is no data. */
function bytesOf(data: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(data, (value) => Math.round(255 * value));
}

/**
 * Combines prediction rasters into one, window by window; the next window is read while one is combined, so memory depends on
 * the window and never on the rasters' size.
 *
 * @param combination its inputs are rasters (folders: see `combineFolders`).
 * @param output GeoTIFF of classes (uint8, 255 where no input has data) or of one band of probabilities a class.
 * @throws {CombinationRuleError | CombinationInputError | OutputExistsError | …}
 */
export async function combineRasters(
  combination: Combination,
  output: string,
  options: CombineOptions = {},
): Promise<void> {
  checkCombination(combination);
  const { classes, rule, output: kind } = combination;
  const inputs = await openInputs(combination.inputs, classes);
  try {
    const { grid } = inputs[0]!.raster;
    const asBytes = options.probabilities !== 'float32';
    const writer = await createGeoTiff(output, {
      ...grid,
      ...(kind === 'classes'
        ? { dataType: 'uint8', noData: NO_VOTE, ...(options.classes ? { classes: options.classes } : {}) }
        : { dataType: asBytes ? 'uint8' : 'float32', bands: classes, interleave: 'band', rgb: false }),
      overwrite: options.overwrite ?? false,
    });
    try {
      const windows = [...blockWindows(grid, windowSize(inputs, options.cells ?? 2 ** 24))];
      let next = readLayers(inputs, windows[0]!);
      for (const [place, { x, y, width, height }] of windows.entries()) {
        options.signal?.throwIfAborted();
        const layers = await next;
        const following = windows[place + 1];
        if (following !== undefined) {
          next = readLayers(inputs, following);
          // A failure is reported when its turn comes; until then it must not count as unhandled.
          next.catch(() => {});
        }
        // Classes need no sum of 1: the greatest of unscaled sums is the greatest.
        const result = applyRule(rule, layers, classes, { normalised: kind === 'probabilities' });
        if (kind === 'classes') {
          await writer.write(pixelBlock(asClasses(result, classes), 1, height, width), x, y);
        } else {
          const { data, one } = asProbabilities(result, classes);
          const unit = one === 1 ? data : Float32Array.from(data, (value) => value / one);
          await writer.write(pixelBlock(asBytes ? bytesOf(unit) : unit, classes, height, width), x, y);
        }
        options.onProgress?.(place + 1, windows.length);
      }
      await writer.close();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  } finally {
    await Promise.all(inputs.map(({ raster }) => raster.close()));
  }
}
