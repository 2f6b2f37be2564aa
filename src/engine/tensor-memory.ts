import { loadedNative } from './native.ts';

/**
 * The most bytes of tensors on the processor that were alive at once while `body` ran, beyond those alive before it, kernels'
 * scratch memory included; 0 where nothing has used libtorch. Calls do not nest, and what runs at the same time counts as well.
 */
export async function peakTensorBytes(body: () => unknown): Promise<number> {
  const before = loadedNative()?.tensorBytes() ?? 0;
  loadedNative()?.takePeakTensorBytes();
  await body();
  return (loadedNative()?.takePeakTensorBytes() ?? 0) - before;
}
