import {
  blockWindows,
  bytesPerCell,
  createGeoTiff,
  growWindow,
  intersectWindows,
  pixelBlock,
  type RasterClass,
  type RasterWindow,
  type RasterWriter,
  type Size,
  wholeWindow,
} from '../../raster/index.ts';
import { NO_VOTE } from '../votes/class-vote.ts';
import { applyRule } from './apply-rule.ts';
import { checkCombination } from './check-combination.ts';
import { type ClassSink, directSink, sieveSink } from './class-sink.ts';
import { LayerReader } from './layer-reader.ts';
import { asClasses, asProbabilities, type Layer } from './layers.ts';
import { type OpenedInput, openInputs } from './open-inputs.ts';
import type { Combination } from './rule.ts';
import { cropPlanes, Smoother } from './smoothing.ts';

/** How rasters are combined and written. */
export interface CombineOptions {
  /** Colours and names of the classes, for the colour table. */
  readonly classes?: readonly RasterClass[];
  /** How probabilities are stored; default `uint8` (rounded to 255ths). */
  readonly probabilities?: 'uint8' | 'float32';
  readonly overwrite?: boolean;
  /** Most cells of all inputs in memory for one window; three windows are there at a time. Default 64 MiB of them. */
  readonly cells?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Cells of one window that are worth their memory: smaller windows take more calls, larger ones gain nothing. */
function defaultCells(inputs: readonly OpenedInput[]): number {
  return 2 ** 26 / Math.max(...inputs.map(({ raster }) => bytesPerCell(raster.dataType)));
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

/** Probabilities in 255ths, rounded; all 0 where there is no data. */
function bytesOf(data: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(data, (value) => Math.round(255 * value));
}

function classSink(writer: RasterWriter, { sieve }: Combination): ClassSink {
  if (sieve === undefined) return directSink(writer);
  return sieveSink(writer, writer, Array.isArray(sieve) ? sieve : [sieve]);
}

/** What one window becomes. */
interface Part {
  /** What is written. */
  readonly core: RasterWindow;
  /** What is read for it: more, where it is smoothed. */
  readonly window: RasterWindow;
}

function partsOf(inputs: readonly OpenedInput[], cells: number, smoother: Smoother | null): Part[] {
  const grid = wholeWindow(inputs[0]!.raster);
  if (smoother === null) {
    return [...blockWindows(grid, windowSize(inputs, cells))].map((window) => ({ core: window, window }));
  }
  const size = { width: smoother.side, height: smoother.side };
  return [...blockWindows(grid, size)].map((core) => ({
    core,
    window: intersectWindows(growWindow(core, smoother.margin), grid)!,
  }));
}

/**
 * Combines prediction rasters into one, window by window; the next two windows are read while one is combined, so memory depends
 * on the window and never on the rasters' size. (A sieve keeps the outlines of the whole map until its end.)
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
  const { classes, rule, crf, output: kind } = combination;
  const inputs = await openInputs(combination.inputs, classes);
  let smoother: Smoother | null = null;
  let reader: LayerReader | null = null;
  try {
    const { grid } = inputs[0]!.raster;
    if (crf !== undefined) smoother = await Smoother.open(crf, grid);
    const asBytes = options.probabilities !== 'float32';
    const writer = await createGeoTiff(output, {
      ...grid,
      ...(kind === 'classes'
        ? {
            dataType: 'uint8',
            noData: NO_VOTE,
            differences: false,
            ...(options.classes ? { classes: options.classes } : {}),
          }
        : { dataType: asBytes ? 'uint8' : 'float32', bands: classes, interleave: 'band', rgb: false }),
      overwrite: options.overwrite ?? false,
    });
    try {
      const sink = classSink(writer, combination);
      const parts = partsOf(inputs, options.cells ?? defaultCells(inputs), smoother);
      const pixels = parts.reduce((most, { window }) => Math.max(most, window.width * window.height), 0);
      reader = new LayerReader(inputs, { count: parts.length, pixels });
      const coming: Promise<ReadonlyMap<string, Layer>>[] = [];
      for (const [place, { core, window }] of parts.entries()) {
        options.signal?.throwIfAborted();
        while (coming.length <= reader.ahead && place + coming.length < parts.length) {
          coming.push(reader.read(parts[place + coming.length]!.window));
          // A failure is reported when its turn comes; until then it must not count as unhandled.
          coming.at(-1)!.catch(() => {});
        }
        const layers = await coming.shift()!;
        let result = applyRule(rule, layers, classes, { wanted: smoother === null ? kind : 'probabilities' });
        if (smoother !== null) {
          const { data } = await smoother.smooth(result, window, classes);
          result = { kind: 'probabilities', data: cropPlanes(data as Float32Array, window, core), one: 1 };
        }
        if (kind === 'classes') await sink.write(asClasses(result, classes), core);
        else {
          const { x, y, width, height } = core;
          const { data, one } = asProbabilities(result, classes);
          const unit = one === 1 ? data : Float32Array.from(data, (value) => value / one);
          await writer.write(pixelBlock(asBytes ? bytesOf(unit) : unit, classes, height, width), x, y);
        }
        options.onProgress?.(place + 1, parts.length);
      }
      await sink.finish();
      await writer.close();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  } finally {
    await smoother?.close();
    await Promise.all(inputs.map(({ raster }) => raster.close()));
    // Now nothing is being read into its cells.
    reader?.release();
  }
}
