import { operator } from '../dispatch.ts';
import type { DType } from '../dtype.ts';
import type { Tensor } from '../tensor.ts';

const sumAll = operator('aten::sum');
const sumDims = operator('aten::sum', 'dim_IntList');
const meanAll = operator('aten::mean');
const meanDims = operator('aten::mean', 'dim');
const varCorrection = operator('aten::var', 'correction');
const amaxOp = operator('aten::amax');
const aminOp = operator('aten::amin');
const argmaxOp = operator('aten::argmax');
const maxDim = operator('aten::max', 'dim');
const minDim = operator('aten::min', 'dim');
const topkOp = operator('aten::topk');
const sortOp = operator('aten::sort', 'stable');
const cumsumOp = operator('aten::cumsum');
const normOp = operator('aten::linalg_vector_norm');
const anyOp = operator('aten::any');
const allOp = operator('aten::all');
const bincountOp = operator('aten::bincount');
const logsumexpOp = operator('aten::logsumexp');

/** Which dimensions a reduction runs over, and whether they stay with size one. */
export interface ReduceOptions {
  dim?: number | readonly number[];
  keepdim?: boolean;
}

const dims = (dim: number | readonly number[]): readonly number[] => (typeof dim === 'number' ? [dim] : dim);

/** The sum over all or some dimensions. */
export function sum(
  x: Tensor,
  { dim, keepdim = false, dtype }: ReduceOptions & { dtype?: DType } = {},
): Tensor {
  return (dim === undefined ? sumAll(x, dtype) : sumDims(x, dims(dim), keepdim, dtype)) as Tensor;
}

/** The mean over all or some dimensions. */
export function mean(x: Tensor, { dim, keepdim = false }: ReduceOptions = {}): Tensor {
  return (dim === undefined ? meanAll(x) : meanDims(x, dims(dim), keepdim)) as Tensor;
}

/** The variance; `correction: 0` divides by the number of elements. */
export function variance(
  x: Tensor,
  { dim, keepdim = false, correction = 1 }: ReduceOptions & { correction?: number } = {},
): Tensor {
  return varCorrection(x, dim === undefined ? null : dims(dim), correction, keepdim) as Tensor;
}

/** The largest element over some dimensions (all by default). */
export function amax(x: Tensor, { dim = [], keepdim = false }: ReduceOptions = {}): Tensor {
  return amaxOp(x, dims(dim), keepdim) as Tensor;
}

/** The smallest element over some dimensions (all by default). */
export function amin(x: Tensor, { dim = [], keepdim = false }: ReduceOptions = {}): Tensor {
  return aminOp(x, dims(dim), keepdim) as Tensor;
}

/** The index of the largest element along a dimension, as int64. */
export function argmax(x: Tensor, dim: number, keepdim = false): Tensor {
  return argmaxOp(x, dim, keepdim) as Tensor;
}

/** The largest elements along a dimension, and where they are. */
export function max(x: Tensor, dim: number, keepdim = false): [values: Tensor, indices: Tensor] {
  return maxDim(x, dim, keepdim) as [Tensor, Tensor];
}

/** The smallest elements along a dimension, and where they are. */
export function min(x: Tensor, dim: number, keepdim = false): [values: Tensor, indices: Tensor] {
  return minDim(x, dim, keepdim) as [Tensor, Tensor];
}

/** The k largest elements along a dimension in falling order, and where they are. */
export function topk(x: Tensor, k: number, dim = -1): [values: Tensor, indices: Tensor] {
  return topkOp(x, k, dim) as [Tensor, Tensor];
}

/** The elements in order along a dimension (stable), and where they were. */
export function sort(x: Tensor, dim = -1, descending = false): [values: Tensor, indices: Tensor] {
  return sortOp(x, true, dim, descending) as [Tensor, Tensor];
}

/** Running sums along a dimension. */
export function cumsum(x: Tensor, dim: number): Tensor {
  return cumsumOp(x, dim) as Tensor;
}

/** The L-p norm over all or some dimensions. */
export function norm(
  x: Tensor,
  { p = 2, dim, keepdim = false }: ReduceOptions & { p?: number } = {},
): Tensor {
  return normOp(x, p, dim === undefined ? null : dims(dim), keepdim) as Tensor;
}

/** Whether any element is true. */
export const any = anyOp as (x: Tensor) => Tensor;
/** Whether all elements are true. */
export const all = allOp as (x: Tensor) => Tensor;

/** How often each integer below `minlength` (or the largest one) occurs. */
export function bincount(x: Tensor, minlength = 0): Tensor {
  return bincountOp(x, null, minlength) as Tensor;
}

/** ln Σ eˣ, without overflow. */
export function logsumexp(x: Tensor, dim: number, keepdim = false): Tensor {
  return logsumexpOp(x, [dim], keepdim) as Tensor;
}
