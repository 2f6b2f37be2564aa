import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

import { mul } from './arithmetic.ts';
import { convTranspose2d } from './convolution.ts';
import type { ConvolutionKernel } from './convolution-kernel.ts';
import { add_, relu_ } from './inplace.ts';
import { avgPool2d } from './pooling.ts';
import { flip, transpose } from './shape.ts';

/**
 * Convolutions of 3 × 3 of doubled maps that do not make these: what the filter does to the doubled map is a transposed convolution of
 * the small one (4 × 4, stride 2), with four products a cell in place of nine. The same sums in another order.
 */
export const doublingConvolution: ConvolutionKernel = {
  takes({ shape }, { stride, padding, dilation, groups, doubled }) {
    const same = [...stride, ...padding, ...dilation, groups].every((each) => each === 1);
    return doubled && same && shape[2] === 3 && shape[3] === 3;
  },
  pack(weight, _geometry, dtype) {
    return scope(() => transposedKernel(weight).to({ dtype }));
  },
  packBias(bias, dtype) {
    return bias.to({ dtype });
  },
  convolve(x, packed, bias, _geometry, { onto = null, relu = false } = {}) {
    const map = convTranspose2d(x, packed, bias, { stride: [2, 2], padding: [1, 1] });
    if (onto) add_(map, onto);
    return relu ? relu_(map) : map;
  },
};

/**
 * Kernel `[in, out, 4, 4]` that does to a map what `[out, in, 3, 3]` does to its double: cell `t` gathers the taps that fall on the
 * same small cell, 2 − t and 3 − t.
 */
function transposedKernel(kernel: Tensor): Tensor {
  const exact = kernel.to({ dtype: 'float64' });
  const pairs = mul(avgPool2d(exact, [2, 2], { stride: [1, 1], padding: [1, 1] }), 4);
  return transpose(flip(pairs, [2, 3]), 0, 1);
}
