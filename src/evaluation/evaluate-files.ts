import { ArpentError } from '../core/index.ts';
import { openRaster, type Raster } from '../raster/index.ts';
import { type ClassCoding, classIndexes, indexCoding, NO_CLASS } from './class-coding.ts';
import { ConfusionMatrix } from './confusion-matrix.ts';

/** A truth raster and the prediction made for it. */
export interface EvaluationPair {
  readonly truth: string;
  readonly prediction: string;
  /** Where the pair was listed, for errors. */
  readonly list?: string | undefined;
  /** 1-based line in that list. */
  readonly line?: number | undefined;
}

/** A truth or prediction raster that cannot be opened or read. */
export class UnreadablePairError extends ArpentError {}

/** A prediction whose width or height is not its truth's. */
export class PairSizeError extends ArpentError {}

/** How pairs are read and counted. */
export interface FileEvaluationOptions {
  readonly classes: number;
  /** How truth pixels stand for classes; default: the value is the class index. */
  readonly truth?: ClassCoding;
  /** The same for predictions. */
  readonly prediction?: ClassCoding;
  /** Keep a matrix for every pair, for worst patches and confidence intervals. */
  readonly perImage?: boolean;
  /** Pairs read at once (default 4). */
  readonly concurrency?: number;
  /** Most pixels of a raster in memory at once (default 2^24): larger ones are read in strips. */
  readonly stripPixels?: number;
  /** Called after every pair. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Leave out pairs at fault instead of failing; they come back in {@link FileEvaluation.skipped}. */
  readonly skipBad?: boolean;
  readonly signal?: AbortSignal;
}

/** The counts of one pair. */
export interface ImageCounts {
  readonly pair: EvaluationPair;
  readonly matrix: ConfusionMatrix;
}

/** What came of an evaluation. */
export interface FileEvaluation {
  readonly matrix: ConfusionMatrix;
  /** In the order of the pairs; empty unless `perImage` was asked for. */
  readonly images: readonly ImageCounts[];
  readonly skipped: readonly { readonly pair: EvaluationPair; readonly error: ArpentError }[];
}

function openSide(path: string, coding: ClassCoding): Promise<Raster> {
  if (coding.kind === 'colors') return openRaster(path, { palette: 'rgb' });
  return openRaster(path, { bands: [coding.band ?? 1] });
}

async function countPair(pair: EvaluationPair, options: FileEvaluationOptions): Promise<ConfusionMatrix> {
  const { classes, stripPixels = 2 ** 24 } = options;
  const { truth: truthCoding = indexCoding(classes), prediction: predictionCoding = indexCoding(classes) } =
    options;
  await using truth = await openSide(pair.truth, truthCoding);
  await using prediction = await openSide(pair.prediction, predictionCoding);
  if (truth.width !== prediction.width || truth.height !== prediction.height) {
    throw new PairSizeError(
      `the prediction is ${prediction.width} × ${prediction.height} pixels, the truth ${truth.width} × ${truth.height} (${pair.truth})`,
      {
        file: pair.prediction,
        remedy: 'compare rasters of one grid: predict the image that belongs to this truth',
      },
    );
  }
  const matrix = new ConfusionMatrix(classes);
  const blockRows = truth.blockSize.height;
  const rows = Math.max(blockRows, Math.floor(stripPixels / truth.width / blockRows) * blockRows);
  for (let y = 0; y < truth.height; y += rows) {
    const window = { x: 0, y, width: truth.width, height: Math.min(rows, truth.height - y) };
    const [expected, predicted] = await Promise.all([truth.read(window), prediction.read(window)]);
    matrix.accumulate(
      classIndexes(expected, truthCoding, pair.truth),
      classIndexes(predicted, predictionCoding, pair.prediction),
      { ignoreValue: NO_CLASS },
    );
  }
  return matrix;
}

/** The error with the pair's place in its list, so that a person finds the line. */
function atItsLine(error: unknown, { list, line }: EvaluationPair): unknown {
  if (!(error instanceof ArpentError) || (list === undefined && line === undefined)) return error;
  const where = error.place.file === undefined ? '' : `${error.place.file}: `;
  const details = { file: list, line, band: error.place.band, remedy: error.remedy, cause: error };
  return error instanceof PairSizeError
    ? new PairSizeError(where + error.problem, details)
    : new UnreadablePairError(where + error.problem, details);
}

/**
 * Counts pairs of rasters into one confusion matrix, strip by strip and several pairs at a time. Counts are whole
 * numbers, so the result does not depend on the order in which pairs finish.
 * @throws {UnreadablePairError | PairSizeError | RasterNotFoundError | …} naming the file, and the list and line where
 * the pair has them, unless `skipBad`.
 */
export async function evaluateFiles(
  pairs: readonly EvaluationPair[],
  options: FileEvaluationOptions,
): Promise<FileEvaluation> {
  const total = new ConfusionMatrix(options.classes);
  const images: (ImageCounts | undefined)[] = [];
  const skipped: (FileEvaluation['skipped'][number] | undefined)[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    for (let place = next++; place < pairs.length; place = next++) {
      options.signal?.throwIfAborted();
      const pair = pairs[place]!;
      try {
        const matrix = await countPair(pair, options);
        total.add(matrix);
        if (options.perImage === true) images[place] = { pair, matrix };
      } catch (cause) {
        const error = atItsLine(cause, pair);
        if (options.skipBad !== true || !(error instanceof ArpentError)) throw error;
        skipped[place] = { pair, error };
      }
      options.onProgress?.(++done, pairs.length);
    }
  };
  const workers = Math.min(options.concurrency ?? 4, pairs.length);
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } catch (error) {
    next = pairs.length;
    throw error;
  }
  return {
    matrix: total,
    images: images.filter((image) => image !== undefined),
    skipped: skipped.filter((skip) => skip !== undefined),
  };
}
