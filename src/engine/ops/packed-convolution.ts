import type { DType } from '../dtype.ts';
import type { Tensor } from '../tensor.ts';
import type { ConvolutionKernel, PackedGeometry } from './convolution-kernel.ts';
import { doublingConvolution } from './doubling-convolution.ts';
import { oneDnnConvolution } from './onednn-convolution.ts';
import { winogradConvolution } from './winograd-convolution.ts';

export type { ConvolutionKernel, PackedEnding, PackedGeometry } from './convolution-kernel.ts';

/** The quickest first. */
const kernels = [winogradConvolution, oneDnnConvolution, doublingConvolution];

/**
 * How to convolve with weights that stay the same, on the processor; null where this libtorch or this processor has no kernel for them.
 *
 * @param weight `[Cout, Cin / groups, kh, kw]`, on the processor
 * @param dtype to compute in
 */
export function convolutionKernel(
  weight: Tensor,
  geometry: PackedGeometry,
  dtype: DType,
): ConvolutionKernel | null {
  return kernels.find((kernel) => kernel.takes(weight, geometry, dtype)) ?? null;
}
