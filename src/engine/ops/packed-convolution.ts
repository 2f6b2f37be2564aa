import type { Tensor } from '../tensor.ts';
import type { ConvolutionKernel, PackedGeometry } from './convolution-kernel.ts';
import { oneDnnConvolution } from './onednn-convolution.ts';
import { winogradConvolution } from './winograd-convolution.ts';

export type { ConvolutionKernel, PackedEnding, PackedGeometry } from './convolution-kernel.ts';

/** The quickest first. */
const kernels = [winogradConvolution, oneDnnConvolution];

/**
 * How to convolve with weights that stay the same, on the processor; null where this libtorch or this processor has no kernel for them.
 *
 * @param weight `[Cout, Cin / groups, kh, kw]`, on the processor
 */
export function convolutionKernel(weight: Tensor, geometry: PackedGeometry): ConvolutionKernel | null {
  return kernels.find((kernel) => kernel.takes(weight, geometry)) ?? null;
}
