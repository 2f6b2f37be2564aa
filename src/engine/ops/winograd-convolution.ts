import { operator } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';
import type { ConvolutionKernel } from './convolution-kernel.ts';

const available = operator('arpent::winograd_available');
const transform = operator('arpent::winograd_pack');
const convolve = operator('arpent::winograd_conv2d');

/** Channels come in whole vectors of this many, as the kernel has it. */
const VECTOR = 32;

const isBoth = (pair: readonly [number, number], value: number) => pair.every((each) => each === value);

/**
 * Convolutions of 3 × 3 and stride 1 by Winograd's minimal filtering (`native/winograd-kernel.h`), where the processor has AVX-512: in
 * float32, and in bfloat16 where it multiplies pairs of those and has no matrix unit. Their rounding is two to three times that of
 * sums taken one by one.
 */
export const winogradConvolution: ConvolutionKernel = {
  takes({ dtype, shape }, { stride, padding, dilation, groups }) {
    const [out, channels, height, width] = shape as [number, number, number, number];
    if (height !== 3 || width !== 3 || groups !== 1) return false;
    if (!isBoth(stride, 1) || !isBoth(padding, 1) || !isBoth(dilation, 1)) return false;
    return out % VECTOR === 0 && channels % VECTOR === 0 && (available(dtype) as boolean);
  },
  pack(weight) {
    return transform(weight) as Tensor;
  },
  convolve(x, packed, bias, _geometry, { onto = null, relu = false } = {}) {
    return convolve(x, packed, bias, onto, relu) as Tensor;
  },
};
