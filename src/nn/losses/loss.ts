import { arange, ops, type Tensor, tensor } from '../../engine/index.ts';
import { Module } from '../module.ts';

/** The class index that stands for "no label" unless said otherwise. */
export const DEFAULT_IGNORE_INDEX = 255;

/**
 * What training minimises: a scalar float32 tensor from logits `[N, C, H, W]` and class indices `[N, H, W]` (int64).
 * Class weights are buffers, so `to({ device })` moves them with the loss.
 */
export abstract class Loss extends Module {
  abstract override forward(logits: Tensor, targets: Tensor): Tensor;
}

/** Half-precision logits as float32: sums over many pixels do not fit 16 bits. */
export function inFullPrecision(logits: Tensor): Tensor {
  return logits.dtype === 'float16' || logits.dtype === 'bfloat16' ? logits.to({ dtype: 'float32' }) : logits;
}

/** A tensor of numbers from an option that may be a list already on its way. */
export function weightTensor(values: readonly number[]): Tensor {
  return tensor(Float32Array.from(values));
}

/** Classes and labels side by side: logits `[N, C, P]`, targets `[N, P]`. */
export function flattenPixels(logits: Tensor, targets: Tensor): { logits: Tensor; targets: Tensor } {
  return { logits: ops.flatten(logits, 2, -1), targets: ops.flatten(targets, 1, -1) };
}

/** 1 where a pixel has a label, else 0, in the type of `like`; null when every pixel counts. */
export function labelled(targets: Tensor, ignoreIndex: number | null, like: Tensor): Tensor | null {
  return ignoreIndex === null ? null : ops.ne(targets, ignoreIndex).to({ dtype: like.dtype });
}

/**
 * One plane per class, `[N, P]` → `[N, C, P]`: 1 where the pixel has that class, 0 elsewhere and where it is not
 * labelled.
 */
export function classPlanes(targets: Tensor, classes: number, mask: Tensor | null, like: Tensor): Tensor {
  const indices = ops.reshape(arange(0, classes, 1, { device: targets.device }), [1, classes, 1]);
  const planes = ops.eq(ops.unsqueeze(targets, 1), indices).to({ dtype: like.dtype });
  return mask ? ops.mul(planes, ops.unsqueeze(mask, 1)) : planes;
}
