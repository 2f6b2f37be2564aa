import type { AugmentationConfig } from '../config/index.ts';
import type { Random } from '../core/index.ts';
import { ops, type Tensor, tensor } from '../engine/index.ts';
import { jitterColors } from './color-jitter.ts';
import { IGNORE_INDEX } from './masks.ts';

/** An image `[C, H, W]`, as stored or float32, and its mask uint8 `[H, W]`, which move together. */
export interface AugmentedPair {
  readonly image: Tensor;
  readonly mask: Tensor | null;
}

/** Flips, then quarter turns anticlockwise: at most one flip and a change of strides, however many were drawn. */
function reorient(
  { image, mask }: AugmentedPair,
  vertical: boolean,
  horizontal: boolean,
  turns: number,
): AugmentedPair {
  // A quarter turn is a flip left to right and a transposition; two of them are both flips.
  const dims: number[] = [];
  if (vertical !== turns >= 2) dims.push(-2);
  if (horizontal !== (turns === 1 || turns === 2)) dims.push(-1);
  const change = (x: Tensor): Tensor => {
    const flipped = dims.length > 0 ? ops.flip(x, dims) : x;
    return turns % 2 === 1 ? ops.transpose(flipped, -2, -1) : flipped;
  };
  return { image: change(image), mask: mask && change(mask) };
}

/**
 * Rotation and zoom about the centre in one resampling: the image bilinearly with its border reflected, the mask to
 * the nearest pixel, ignored where it would come from outside.
 */
function warp({ image, mask }: AugmentedPair, degrees: number, zoom: number): AugmentedPair {
  const [, height, width] = image.shape as [number, number, number];
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle) / zoom, Math.sin(angle) / zoom];
  // The grid's axes run from -1 to 1 on either side, so a rotation of a rectangle carries its aspect.
  const theta = tensor([cos, (-sin * height) / width, 0, (sin * width) / height, cos, 0], [1, 2, 3]);
  const sample = (x: Tensor, mode: 'bilinear' | 'nearest', paddingMode: 'reflection' | 'zeros') => {
    const planes = ops.unsqueeze(x, 0);
    const grid = ops.affineGrid(theta, planes.shape);
    return ops.squeeze(ops.gridSample(planes, grid, { mode, paddingMode }), 0);
  };
  const moved = sample(image.to({ dtype: 'float32' }), 'bilinear', 'reflection');
  if (mask === null) return { image: moved, mask };
  // Zero padding must read as "ignore": shift the labels so that zero means just that.
  const shifted = ops.sub(ops.unsqueeze(mask.to({ dtype: 'float32' }), 0), IGNORE_INDEX);
  const labels = ops.add(ops.squeeze(sample(shifted, 'nearest', 'zeros'), 0), IGNORE_INDEX);
  return { image: moved, mask: ops.round(labels).to({ dtype: 'uint8' }) };
}

/**
 * Changes a training pair at random: vertical flip, horizontal flip, quarter turns, then (off by default) rotation and
 * zoom, then colours. Cropping happens earlier, when the patch is read.
 *
 * @param random a stream of its own for this patch and epoch, so that the draws do not depend on the order of reading
 * @param fullScale the pixel value of full brightness
 */
export function augment(
  pair: AugmentedPair,
  config: AugmentationConfig,
  random: Random,
  fullScale: number,
): AugmentedPair {
  const vertical = random.chance(config.verticalFlip);
  const horizontal = random.chance(config.horizontalFlip);
  const turns = random.chance(config.rot90) ? random.below(4) : 0;
  let result = reorient(pair, vertical, horizontal, turns);
  const { rotation, scale } = config;
  const degrees = random.chance(rotation.probability)
    ? random.between(-rotation.degrees, rotation.degrees)
    : 0;
  const zoom = random.chance(scale.probability) ? random.between(scale.min, scale.max) : 1;
  if (degrees !== 0 || zoom !== 1) result = warp(result, degrees, zoom);
  return { image: jitterColors(result.image, config, random, fullScale), mask: result.mask };
}
