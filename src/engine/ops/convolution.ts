import { operator } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';

/** One size for both axes, or [vertical, horizontal]. */
export type Pair = number | readonly [number, number];

/** Geometry of a convolution, in elements. */
export interface ConvOptions {
  stride?: Pair;
  padding?: Pair;
  dilation?: Pair;
  groups?: number;
}

const conv2dOp = operator('aten::conv2d');
const conv2dSame = operator('aten::conv2d', 'padding');
const convTransposeOp = operator('aten::conv_transpose2d', 'input');
const conv1dOp = operator('aten::conv1d');

/** Two-dimensional convolution: x `[N, Cin, H, W]`, weight `[Cout, Cin / groups, kh, kw]`, bias `[Cout]`. */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  {
    stride = 1,
    padding = 0,
    dilation = 1,
    groups = 1,
  }: Omit<ConvOptions, 'padding'> & { padding?: Pair | 'same' } = {},
): Tensor {
  if (padding === 'same') return conv2dSame(x, weight, bias, stride, padding, dilation, groups) as Tensor;
  return conv2dOp(x, weight, bias, stride, padding, dilation, groups) as Tensor;
}

/** The transposed convolution: weight `[Cin, Cout / groups, kh, kw]`. */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  {
    stride = 1,
    padding = 0,
    outputPadding = 0,
    groups = 1,
    dilation = 1,
  }: ConvOptions & { outputPadding?: Pair } = {},
): Tensor {
  return convTransposeOp(x, weight, bias, stride, padding, outputPadding, groups, dilation) as Tensor;
}

/** One-dimensional convolution: x `[N, Cin, L]`, weight `[Cout, Cin / groups, k]`. */
export function conv1d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  {
    stride = 1,
    padding = 0,
    dilation = 1,
    groups = 1,
  }: Partial<Record<'stride' | 'padding' | 'dilation' | 'groups', number>> = {},
): Tensor {
  return conv1dOp(x, weight, bias, stride, padding, dilation, groups) as Tensor;
}
