import { operator } from '../dispatch.ts';
import type { DType } from '../dtype.ts';
import type { MemoryFormat, Tensor } from '../tensor.ts';

const reshapeOp = operator('aten::reshape');
const viewOp = operator('aten::view');
const permuteOp = operator('aten::permute');
const transposeOp = operator('aten::transpose', 'int');
const flattenOp = operator('aten::flatten', 'using_ints');
const unsqueezeOp = operator('aten::unsqueeze');
const squeezeOp = operator('aten::squeeze', 'dim');
const expandOp = operator('aten::expand');
const contiguousOp = operator('aten::contiguous');
const cloneOp = operator('aten::clone');
const catOp = operator('aten::cat');
const stackOp = operator('aten::stack');
const splitSize = operator('aten::split', 'Tensor');
const splitSizes = operator('aten::split_with_sizes');
const chunkOp = operator('aten::chunk');
const unbindOp = operator('aten::unbind', 'int');
const sliceOp = operator('aten::slice', 'Tensor');
const narrowOp = operator('aten::narrow');
const selectOp = operator('aten::select', 'int');
const rollOp = operator('aten::roll');
const flipOp = operator('aten::flip');
const rot90Op = operator('aten::rot90');
const padOp = operator('aten::pad');
const repeatOp = operator('aten::repeat');
const repeatInterleaveOp = operator('aten::repeat_interleave', 'self_int');
const pixelShuffleOp = operator('aten::pixel_shuffle');
const unfoldOp = operator('aten::im2col');
const meshgridOp = operator('aten::meshgrid', 'indexing');

/** The same elements in another shape; -1 stands for whatever fits. */
export const reshape = reshapeOp as (x: Tensor, shape: readonly number[]) => Tensor;
/** Like {@link reshape}, but never copies. */
export const view = viewOp as (x: Tensor, shape: readonly number[]) => Tensor;
/** The dimensions in another order. */
export const permute = permuteOp as (x: Tensor, order: readonly number[]) => Tensor;
/** Two dimensions exchanged. */
export const transpose = transposeOp as (x: Tensor, a: number, b: number) => Tensor;

/** Several dimensions as one. */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  return flattenOp(x, start, end) as Tensor;
}

/** A new dimension of size one. */
export const unsqueeze = unsqueezeOp as (x: Tensor, dim: number) => Tensor;
/** Without a dimension of size one. */
export const squeeze = squeezeOp as (x: Tensor, dim: number) => Tensor;
/** Dimensions of size one repeated without copying; -1 keeps a size. */
export const expand = expandOp as (x: Tensor, shape: readonly number[]) => Tensor;

/** The elements laid out without gaps in the given order. */
export function contiguous(x: Tensor, format: MemoryFormat = 'contiguous'): Tensor {
  return contiguousOp(x, format) as Tensor;
}

/** A copy. */
export function clone(x: Tensor): Tensor {
  return cloneOp(x) as Tensor;
}

/** The same elements as another type; differentiable. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.to({ dtype });
}

/** Tensors one after the other along a dimension. */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  return catOp(tensors, dim) as Tensor;
}

/** Tensors of equal shape along a new dimension. */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  return stackOp(tensors, dim) as Tensor;
}

/** Pieces of the given size (the last may be smaller), or of the given sizes. */
export function split(x: Tensor, size: number | readonly number[], dim = 0): Tensor[] {
  return (typeof size === 'number' ? splitSize(x, size, dim) : splitSizes(x, size, dim)) as Tensor[];
}

/** A number of pieces of equal size. */
export function chunk(x: Tensor, chunks: number, dim = 0): Tensor[] {
  return chunkOp(x, chunks, dim) as Tensor[];
}

/** The slices along a dimension. */
export function unbind(x: Tensor, dim = 0): Tensor[] {
  return unbindOp(x, dim) as Tensor[];
}

/** The elements from `start` to `end` (exclusive) of a dimension; negative indices count from the end. */
export function slice(x: Tensor, dim: number, start: number, end: number | null = null, step = 1): Tensor {
  return sliceOp(x, dim, start, end, step) as Tensor;
}

/** `length` elements of a dimension from `start` on. */
export const narrow = narrowOp as (x: Tensor, dim: number, start: number, length: number) => Tensor;
/** One slice of a dimension, which disappears. */
export const select = selectOp as (x: Tensor, dim: number, index: number) => Tensor;
/** Elements moved along dimensions, those pushed out returning on the other side. */
export const roll = rollOp as (x: Tensor, shifts: readonly number[], dims: readonly number[]) => Tensor;
/** The order reversed along dimensions. */
export const flip = flipOp as (x: Tensor, dims: readonly number[]) => Tensor;

/** Quarter turns in the plane of two dimensions, from the first towards the second. */
export function rot90(x: Tensor, turns: number, dims: readonly [number, number] = [-2, -1]): Tensor {
  return rot90Op(x, turns, dims) as Tensor;
}

/** How a border is filled. */
export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular';

/** A border around the last dimensions: [left, right, top, bottom, …] in elements. */
export function pad(
  x: Tensor,
  padding: readonly number[],
  { mode = 'constant', value = 0 }: { mode?: PadMode; value?: number } = {},
): Tensor {
  return padOp(x, padding, mode, mode === 'constant' ? value : null) as Tensor;
}

/** The whole tensor repeated along each dimension. */
export const repeat = repeatOp as (x: Tensor, counts: readonly number[]) => Tensor;

/** Each element repeated in place along a dimension. */
export function repeatInterleave(x: Tensor, count: number, dim: number): Tensor {
  return repeatInterleaveOp(x, count, dim) as Tensor;
}

/** `[N, C·r², H, W]` → `[N, C, H·r, W·r]`. */
export const pixelShuffle = pixelShuffleOp as (x: Tensor, factor: number) => Tensor;

/** Sliding blocks as columns: `[N, C, H, W]` → `[N, C·kh·kw, L]`. */
export function unfold(
  x: Tensor,
  kernelSize: readonly [number, number],
  {
    dilation = [1, 1],
    padding = [0, 0],
    stride = [1, 1],
  }: Partial<Record<'dilation' | 'padding' | 'stride', readonly [number, number]>> = {},
): Tensor {
  return unfoldOp(x, kernelSize, dilation, padding, stride) as Tensor;
}

/** Coordinate grids of several axes, first axis varying along rows. */
export function meshgrid(tensors: readonly Tensor[]): Tensor[] {
  return meshgridOp(tensors, 'ij') as Tensor[];
}
