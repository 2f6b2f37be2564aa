import { zeros } from '../create.ts';
import { hasOperator, operator } from '../dispatch.ts';
import type { DType } from '../dtype.ts';
import { TorchError } from '../errors.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

type Both = readonly [vertical: number, horizontal: number];

/** Geometry of a convolution. */
export interface PackedGeometry {
  readonly stride: Both;
  readonly padding: Both;
  readonly dilation: Both;
  readonly groups: number;
}

/** What a convolution does before it writes its sums. */
export interface PackedEnding {
  /** A map of the result's shape that is added. */
  readonly onto?: Tensor | null;
  /** Whether what is negative becomes zero, after the addition. */
  readonly relu?: boolean;
}

const reorder = operator('mkldnn::_reorder_convolution_weight');
const pointwise = operator('mkldnn::_convolution_pointwise');
const pointwiseOnto = operator('mkldnn::_convolution_pointwise', 'binary');

const known = new Map<DType, boolean>();

/** Whether this libtorch and this processor convolve with packed weights of a type: what oneDNN has no instructions for, it refuses. */
function canPack(dtype: DType): boolean {
  let can = known.get(dtype);
  if (can === undefined) {
    can = ['', 'binary'].every((overload) => hasOperator('mkldnn::_convolution_pointwise', overload));
    can &&= hasOperator('mkldnn::_reorder_convolution_weight') && tryOut(dtype);
    known.set(dtype, can);
  }
  return can;
}

function tryOut(dtype: DType): boolean {
  const geometry: PackedGeometry = { stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1 };
  try {
    scope(() => {
      const [x, weight] = [zeros([1, 16, 8, 8], { dtype }), zeros([16, 16, 3, 3], { dtype })];
      packedConv2d(x, reordered(weight, geometry), null, geometry);
    });
    return true;
  } catch (error) {
    if (error instanceof TorchError) return false;
    throw error;
  }
}

function reordered(weight: Tensor, { stride, padding, dilation, groups }: PackedGeometry): Tensor {
  return reorder(weight, padding, stride, dilation, groups, null) as Tensor;
}

/**
 * The weights of a convolution in the order in which oneDNN reads them on this processor, for {@link packedConv2d}; it would bring
 * them into that order before each image. Null where this libtorch or this processor has no such kernel.
 *
 * @param weight `[Cout, Cin / groups, kh, kw]`, on the processor
 */
export function packConvolution(weight: Tensor, geometry: PackedGeometry): Tensor | null {
  return canPack(weight.dtype) ? reordered(weight, geometry) : null;
}

/**
 * A convolution of `[N, Cin, H, W]` by weights of {@link packConvolution}, of their type; the result is laid out channels last.
 * Neither autograd nor autocast know it.
 */
export function packedConv2d(
  x: Tensor,
  packed: Tensor,
  bias: Tensor | null,
  { stride, padding, dilation, groups }: PackedGeometry,
  { onto = null, relu = false }: PackedEnding = {},
): Tensor {
  const geometry = [padding, stride, dilation, groups];
  if (onto === null) return pointwise(x, packed, bias, ...geometry, relu ? 'relu' : 'none', [], '') as Tensor;
  const ending = ['add', 1, relu ? 'relu' : null, [], ''];
  return pointwiseOnto(x, onto, packed, bias, ...geometry, ...ending) as Tensor;
}
