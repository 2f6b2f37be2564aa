import { operator } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';
import type { ConvolutionKernel } from './convolution-kernel.ts';

const takes = operator('arpent::winograd_takes');
const transform = operator('arpent::winograd_pack');
const convolve = operator('arpent::winograd_conv2d');

/**
 * Convolutions of 3 × 3 and stride 1, of maps as they are and of doubled ones, by Winograd's minimal filtering
 * (`native/winograd-kernel.h`), where the processor has AVX-512: in float32, and in bfloat16 where it multiplies pairs of those and has
 * no matrix unit. Their rounding is two to three times that of sums taken one by one.
 */
export const winogradConvolution: ConvolutionKernel = {
  takes(weight, { stride, padding, dilation, groups }, dtype) {
    const plain = [...stride, ...padding, ...dilation, groups].every((each) => each === 1);
    return plain && (takes(weight, dtype) as boolean);
  },
  packBias(bias) {
    return bias;
  },
  pack(weight, { doubled }, dtype) {
    return transform(weight, dtype, doubled) as Tensor;
  },
  convolve(x, packed, bias, { outChannels }, { onto = null, relu = false } = {}) {
    return convolve(x, packed, outChannels, bias, onto, relu) as Tensor;
  },
};
