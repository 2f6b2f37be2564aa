import { operator } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';

const gatherOp = operator('aten::gather');
const scatterValue = operator('aten::scatter', 'value');
const scatterSource = operator('aten::scatter', 'src');
const scatterAddOp = operator('aten::scatter_add');
const indexSelectOp = operator('aten::index_select');
const indexOp = operator('aten::index', 'Tensor');
const takeAlongOp = operator('aten::take_along_dim');
const oneHotOp = operator('aten::one_hot');
const nonzeroOp = operator('aten::nonzero');
const maskedSelectOp = operator('aten::masked_select');
const embeddingOp = operator('aten::embedding');

/** Elements picked along a dimension by an index of the result's shape. */
export const gather = gatherOp as (x: Tensor, dim: number, index: Tensor) => Tensor;

/** A copy of x with a value (or the source's elements) written where the index says. */
export function scatter(x: Tensor, dim: number, index: Tensor, source: Tensor | number): Tensor {
  return (
    typeof source === 'number' ? scatterValue(x, dim, index, source) : scatterSource(x, dim, index, source)
  ) as Tensor;
}

/** A copy of x with the source's elements added where the index says. */
export const scatterAdd = scatterAddOp as (x: Tensor, dim: number, index: Tensor, source: Tensor) => Tensor;
/** Whole slices of a dimension, by a list of indices. */
export const indexSelect = indexSelectOp as (x: Tensor, dim: number, index: Tensor) => Tensor;
/** Advanced indexing: one index tensor (or mask) a dimension, null for a whole one. */
export const index = indexOp as (x: Tensor, indices: readonly (Tensor | null)[]) => Tensor;
/** Elements picked by an index that may broadcast. */
export const takeAlongDim = takeAlongOp as (x: Tensor, index: Tensor, dim: number) => Tensor;
/** int64 labels as rows of zeros with a one; negative labels are refused. */
export const oneHot = oneHotOp as (x: Tensor, classes: number) => Tensor;
/** The coordinates of the elements that are not zero, `[count, ndim]`. */
export const nonzero = nonzeroOp as (x: Tensor) => Tensor;
/** The elements where the mask is true, as one dimension. */
export const maskedSelect = maskedSelectOp as (x: Tensor, mask: Tensor) => Tensor;
/** Rows of a table by index. */
export const embedding = embeddingOp as (weight: Tensor, indices: Tensor) => Tensor;
