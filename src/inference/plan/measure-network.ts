import { BYTES_PER_ELEMENT, onOperator, type Tensor } from '../../engine/index.ts';
import { allocateCells, type RasterDataType } from '../../raster/index.ts';
import type { Predictor, Tile } from '../predictor.ts';

/** What a network needs for each pixel of a window. */
export interface NetworkCost {
  /** Bytes of intermediate results alive at once, at the most. */
  readonly bytesPerPixel: number;
  readonly secondsPerPixel: number;
  /** Bytes the process holds with the network loaded and nothing to do. */
  readonly residentBytes: number;
}

/** Operators whose results lie in the memory of their arguments. */
const views =
  /^aten::(view|reshape|select|slice|narrow|permute|transpose|t|squeeze|unsqueeze|expand|detach|alias)/;

/** Scratch memory that kernels take besides their results. */
const SCRATCH = 1.25;

/** Networks that tell nothing of their operators (ONNX Runtime) are taken to keep this many numbers a pixel. */
const UNKNOWN_NUMBERS = 256;

function tensorsIn(value: unknown): Tensor[] {
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  return typeof value === 'object' && value !== null && 'numel' in value ? [value as Tensor] : [];
}

const bytesOf = ({ numel, dtype }: Tensor): number => numel * BYTES_PER_ELEMENT[dtype];

/**
 * Measures a network on one small window: time, and how many bytes of results were alive at once, watched operator by
 * operator.
 *
 * @param side of the window, in pixels; rounded up to what the network takes
 */
export async function measureNetwork(
  predictor: Predictor,
  { side = 256, dataType = 'uint8' as RasterDataType } = {},
): Promise<NetworkCost> {
  const size = Math.ceil(side / predictor.divisor) * predictor.divisor;
  const pixels = allocateCells(dataType, predictor.channels * size * size);
  const tile: Tile = { pixels, dataType, width: size, height: size };
  let alive: { tensor: Tensor; bytes: number }[] = [];
  let most = 0;
  const stop = onOperator((name, _overload, _args, results) => {
    alive = alive.filter(({ tensor }) => !tensor.disposed);
    if (!views.test(String(name))) {
      for (const tensor of tensorsIn(results)) alive.push({ tensor, bytes: bytesOf(tensor) });
    }
    most = Math.max(
      most,
      alive.reduce((sum, { bytes }) => sum + bytes, 0),
    );
  });
  try {
    await predictor.predict([tile], 'probabilities');
  } finally {
    stop();
  }
  // The first pass chose kernels and filled caches; this one shows the time.
  const began = performance.now();
  await predictor.predict([tile], 'probabilities');
  const seconds = (performance.now() - began) / 1000;
  const area = size * size;
  const measured = (most * SCRATCH) / area;
  return {
    bytesPerPixel: Math.ceil(measured > 0 ? measured : 4 * UNKNOWN_NUMBERS),
    secondsPerPixel: seconds / area,
    residentBytes: process.memoryUsage.rss(),
  };
}
