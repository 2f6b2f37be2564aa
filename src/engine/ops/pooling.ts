import { operator } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';
import type { Pair } from './convolution.ts';

const maxPoolOp = operator('aten::max_pool2d');
const avgPoolOp = operator('aten::avg_pool2d');
const adaptiveAvgOp = operator('aten::adaptive_avg_pool2d');
const adaptiveMaxOp = operator('aten::adaptive_max_pool2d');
const nearestOp = operator('aten::upsample_nearest2d', 'vec');
const nearestExactOp = operator('aten::_upsample_nearest_exact2d', 'vec');
const bilinearOp = operator('aten::upsample_bilinear2d', 'vec');
const bicubicOp = operator('aten::upsample_bicubic2d', 'vec');
const bilinearAntialiasOp = operator('aten::_upsample_bilinear2d_aa', 'vec');
const bicubicAntialiasOp = operator('aten::_upsample_bicubic2d_aa', 'vec');
const gridSampleOp = operator('aten::grid_sampler');
const affineGridOp = operator('aten::affine_grid_generator');

/** Geometry of a pooling window, in elements. */
export interface PoolOptions {
  /** The window's size by default. */
  stride?: Pair;
  padding?: Pair;
  ceilMode?: boolean;
}

/** The largest element of each window. */
export function maxPool2d(
  x: Tensor,
  kernelSize: Pair,
  {
    stride = kernelSize,
    padding = 0,
    dilation = 1,
    ceilMode = false,
  }: PoolOptions & { dilation?: Pair } = {},
): Tensor {
  return maxPoolOp(x, kernelSize, stride, padding, dilation, ceilMode) as Tensor;
}

/** The mean of each window. */
export function avgPool2d(
  x: Tensor,
  kernelSize: Pair,
  {
    stride = kernelSize,
    padding = 0,
    ceilMode = false,
    countIncludePad = true,
  }: PoolOptions & { countIncludePad?: boolean } = {},
): Tensor {
  return avgPoolOp(x, kernelSize, stride, padding, ceilMode, countIncludePad) as Tensor;
}

/** Means over a fixed number of cells, whatever the size. */
export const adaptiveAvgPool2d = adaptiveAvgOp as (x: Tensor, outputSize: Pair) => Tensor;

/** Maxima over a fixed number of cells, whatever the size. */
export function adaptiveMaxPool2d(x: Tensor, outputSize: Pair): Tensor {
  return (adaptiveMaxOp(x, outputSize) as [Tensor, Tensor])[0];
}

/** Ways of resizing. */
export type InterpolateMode = 'nearest' | 'nearest-exact' | 'bilinear' | 'bicubic';

/** Either a size in elements or a factor. */
export interface InterpolateOptions {
  size?: readonly [number, number];
  scaleFactor?: Pair;
  mode?: InterpolateMode;
  /** Whether the corners' centres coincide (bilinear and bicubic). */
  alignCorners?: boolean;
  /** Low-pass before shrinking (bilinear and bicubic). */
  antialias?: boolean;
}

/** Resizes the two last dimensions, with PyTorch's conventions (half-pixel centres unless `alignCorners`). */
export function interpolate(
  x: Tensor,
  { size, scaleFactor, mode = 'nearest', alignCorners = false, antialias = false }: InterpolateOptions,
): Tensor {
  const factors =
    scaleFactor === undefined
      ? null
      : typeof scaleFactor === 'number'
        ? [scaleFactor, scaleFactor]
        : scaleFactor;
  const sizes = size ?? null;
  if (mode === 'nearest') return nearestOp(x, sizes, factors) as Tensor;
  if (mode === 'nearest-exact') return nearestExactOp(x, sizes, factors) as Tensor;
  if (mode === 'bilinear')
    return (antialias ? bilinearAntialiasOp : bilinearOp)(x, sizes, alignCorners, factors) as Tensor;
  return (antialias ? bicubicAntialiasOp : bicubicOp)(x, sizes, alignCorners, factors) as Tensor;
}

/** How {@link gridSample} reads between elements and beyond the border. */
export interface GridSampleOptions {
  mode?: 'bilinear' | 'nearest' | 'bicubic';
  paddingMode?: 'zeros' | 'border' | 'reflection';
  alignCorners?: boolean;
}

/** Reads x `[N, C, H, W]` at the places of grid `[N, h, w, 2]`, (x, y) in [-1, 1]. */
export function gridSample(
  x: Tensor,
  grid: Tensor,
  { mode = 'bilinear', paddingMode = 'zeros', alignCorners = false }: GridSampleOptions = {},
): Tensor {
  const modes = ['bilinear', 'nearest', 'bicubic'];
  const paddings = ['zeros', 'border', 'reflection'];
  return gridSampleOp(x, grid, modes.indexOf(mode), paddings.indexOf(paddingMode), alignCorners) as Tensor;
}

/** A sampling grid `[N, h, w, 2]` from affine matrices `[N, 2, 3]`. */
export function affineGrid(theta: Tensor, size: readonly number[], alignCorners = false): Tensor {
  return affineGridOp(theta, size, alignCorners) as Tensor;
}
