import { zeros } from '../create.ts';
import { hasOperator, operator } from '../dispatch.ts';
import type { DType } from '../dtype.ts';
import { TorchError } from '../errors.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { ConvolutionKernel, PackedGeometry } from './convolution-kernel.ts';

const reorder = operator('mkldnn::_reorder_convolution_weight');
const pointwise = operator('mkldnn::_convolution_pointwise');
const pointwiseOnto = operator('mkldnn::_convolution_pointwise', 'binary');

const known = new Map<DType, boolean>();

/** What oneDNN has no instructions for on this processor, it refuses: each type is tried out once. */
function computesIn(dtype: DType): boolean {
  let can = known.get(dtype);
  if (can === undefined) {
    can = ['', 'binary'].every((overload) => hasOperator('mkldnn::_convolution_pointwise', overload));
    can &&= hasOperator('mkldnn::_reorder_convolution_weight') && tryOut(dtype);
    known.set(dtype, can);
  }
  return can;
}

function tryOut(dtype: DType): boolean {
  const geometry: PackedGeometry = {
    ...{ outChannels: 16, stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1, doubled: false },
  };
  try {
    scope(() => {
      const [x, weight] = [zeros([1, 16, 8, 8], { dtype }), zeros([16, 16, 3, 3], { dtype })];
      oneDnnConvolution.convolve(x, oneDnnConvolution.pack(weight, geometry, dtype), null, geometry);
    });
    return true;
  } catch (error) {
    if (error instanceof TorchError) return false;
    throw error;
  }
}

/** oneDNN's convolutions of any geometry. It would bring the weights into its order before each image. */
export const oneDnnConvolution: ConvolutionKernel = {
  takes(_weight, { doubled }, dtype) {
    return !doubled && computesIn(dtype);
  },
  pack(weight, { stride, padding, dilation, groups }, dtype) {
    return reorder(weight.to({ dtype }), padding, stride, dilation, groups, null) as Tensor;
  },
  packBias(bias, dtype) {
    return bias.to({ dtype });
  },
  convolve(x, packed, bias, { stride, padding, dilation, groups }, { onto = null, relu = false } = {}) {
    const geometry = [padding, stride, dilation, groups];
    if (onto === null)
      return pointwise(x, packed, bias, ...geometry, relu ? 'relu' : 'none', [], '') as Tensor;
    const ending = ['add', 1, relu ? 'relu' : null, [], ''];
    return pointwiseOnto(x, onto, packed, bias, ...geometry, ...ending) as Tensor;
  },
};
