import { operator } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';
import type { ConvolutionKernel } from './convolution-kernel.ts';

const available = operator('arpent::winograd_available');
const transform = operator('arpent::winograd_pack');
const convolve = operator('arpent::winograd_conv2d');

/** Channels in come in whole vectors of this many, as the kernel has it; of fewer channels out than that, most of a vector is idle. */
const VECTOR = 16;

const isBoth = (pair: readonly [number, number], value: number) => pair.every((each) => each === value);

/**
 * Convolutions of 3 × 3 and stride 1, of maps as they are and of doubled ones, by Winograd's minimal filtering
 * (`native/winograd-kernel.h`), where the processor has AVX-512: in float32, and in bfloat16 where it multiplies pairs of those and has
 * no matrix unit. Their rounding is two to three times that of sums taken one by one.
 */
export const winogradConvolution: ConvolutionKernel = {
  takes({ shape }, { stride, padding, dilation, groups }, dtype) {
    const [out, channels, height, width] = shape as [number, number, number, number];
    if (height !== 3 || width !== 3 || groups !== 1) return false;
    if (!isBoth(stride, 1) || !isBoth(padding, 1) || !isBoth(dilation, 1)) return false;
    return out >= VECTOR && channels % VECTOR === 0 && (available(dtype) as boolean);
  },
  pack(weight, { doubled }, dtype) {
    return transform(weight, dtype, doubled) as Tensor;
  },
  convolve(x, packed, bias, { outChannels }, { onto = null, relu = false } = {}) {
    return convolve(x, packed, outChannels, bias, onto, relu) as Tensor;
  },
};
