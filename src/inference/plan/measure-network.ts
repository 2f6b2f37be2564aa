import { peakTensorBytes } from '../../engine/index.ts';
import { allocateCells, type RasterDataType } from '../../raster/index.ts';
import type { Predictor, Tile } from '../predictor.ts';
import { peakDeviceBytes } from './peak-device-bytes.ts';

/** What a network needs for each pixel of a window. */
export interface NetworkCost {
  /** Bytes of intermediate results alive at once, at the most. */
  readonly bytesPerPixel: number;
  readonly secondsPerPixel: number;
  /** Bytes the process holds with the network loaded and nothing to do. */
  readonly residentBytes: number;
}

/** What larger windows take besides, where kernels divide their work among threads. */
const SPARE = 1.1;

/** Networks that tell nothing of their tensors (ONNX Runtime) are taken to keep this many numbers a pixel. */
const UNKNOWN_NUMBERS = 256;

/** How a network is measured. */
export interface MeasureOptions {
  /** Side of the window, in pixels; rounded up to what the network takes. Default 256. */
  readonly side?: number;
  readonly dataType?: RasterDataType;
}

function emptyTile(predictor: Predictor, { side = 256, dataType = 'uint8' }: MeasureOptions): Tile {
  const size = Math.ceil(side / predictor.divisor) * predictor.divisor;
  const pixels = allocateCells(dataType, predictor.channels * size * size);
  return { pixels, dataType, width: size, height: size };
}

/**
 * Bytes that a network needs for each pixel of a window: those of its tensors alive at once on one small window, on the processor and on a
 * device. Two digits of them, so that the same network is given the same windows again.
 */
export async function measureMemory(predictor: Predictor, options: MeasureOptions = {}): Promise<number> {
  const tile = emptyTile(predictor, options);
  let onDevice = 0;
  const onHost = await peakTensorBytes(async () => {
    onDevice = await peakDeviceBytes(() => predictor.predict([tile], 'probabilities'));
  });
  const bytes = ((onHost + onDevice) * SPARE) / (tile.width * tile.height);
  if (bytes === 0) return 4 * UNKNOWN_NUMBERS;
  const digit = 10 ** Math.max(0, Math.floor(Math.log10(bytes)) - 1);
  return Math.ceil(bytes / digit) * digit;
}

/** Measures a network on one small window: its memory and its time. */
export async function measureNetwork(
  predictor: Predictor,
  options: MeasureOptions = {},
): Promise<NetworkCost> {
  const bytesPerPixel = await measureMemory(predictor, options);
  // The first pass chose kernels and filled caches; this one shows the time.
  const tile = emptyTile(predictor, options);
  const began = performance.now();
  await predictor.predict([tile], 'probabilities');
  const seconds = (performance.now() - began) / 1000;
  return {
    bytesPerPixel,
    secondsPerPixel: seconds / (tile.width * tile.height),
    residentBytes: process.memoryUsage.rss(),
  };
}
