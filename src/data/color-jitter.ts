import type { AugmentationConfig, Jitter } from '../config/index.ts';
import type { Random } from '../core/index.ts';
import { ops, type Tensor, tensor } from '../engine/index.ts';

/** Weights of red, green and blue in perceived brightness (ITU-R BT.601). */
const LUMA = [0.299, 0.587, 0.114] as const;

const draw = ({ probability, limit }: Jitter, random: Random): number =>
  random.chance(probability) ? random.between(-limit, limit) : 0;

/** The brightness of the first three channels, or the mean of all when there are fewer, `[1, H, W]`. */
function luma(image: Tensor): Tensor {
  if (image.size(0) < 3) return ops.mean(image, { dim: 0, keepdim: true });
  const weights = tensor([...LUMA], [3, 1, 1]);
  return ops.sum(ops.mul(ops.narrow(image, 0, 0, 3), weights), { dim: 0, keepdim: true });
}

/** The first three channels changed, the rest as they are. */
function onColors(image: Tensor, change: (colors: Tensor) => Tensor): Tensor {
  const channels = image.size(0);
  if (channels < 3) return image;
  const changed = change(ops.narrow(image, 0, 0, 3));
  return channels === 3 ? changed : ops.cat([changed, ops.narrow(image, 0, 3, channels - 3)], 0);
}

/** Hue turned by a fraction of the colour circle: a rotation in the chroma plane of YIQ that keeps brightness. */
function turnHue(colors: Tensor, fraction: number): Tensor {
  const angle = fraction * 2 * Math.PI;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const toYiq = [
    [0.299, 0.587, 0.114],
    [0.596, -0.274, -0.322],
    [0.211, -0.523, 0.312],
  ] as const;
  const toRgb = [
    [1, 0.956, 0.621],
    [1, -0.272, -0.647],
    [1, -1.106, 1.703],
  ] as const;
  const turned = [
    toYiq[0],
    toYiq[1].map((i, c) => cos * i - sin * toYiq[2][c as 0 | 1 | 2]),
    toYiq[2].map((q, c) => sin * toYiq[1][c as 0 | 1 | 2] + cos * q),
  ];
  const matrix = toRgb.flatMap((row) =>
    [0, 1, 2].map((c) => row.reduce((total, value, k) => total + value * turned[k]![c]!, 0)),
  );
  const [, height, width] = colors.shape as [number, number, number];
  return ops.reshape(ops.matmul(tensor(matrix, [3, 3]), ops.reshape(colors, [3, -1])), [3, height, width]);
}

/**
 * Random changes of colour, on raw values from 0 to `fullScale`: brightness and contrast on every channel, saturation
 * and hue on the first three (red, green, blue). Strengths are drawn evenly from ± limit, as torchvision's ColorJitter
 * does; values stay within the range.
 */
export function jitterColors(
  image: Tensor,
  config: AugmentationConfig,
  random: Random,
  fullScale: number,
): Tensor {
  const brightness = draw(config.brightness, random);
  const contrast = draw(config.contrast, random);
  const saturation = draw(config.saturation, random);
  const hue = draw(config.hue, random);
  if (brightness === 0 && contrast === 0 && saturation === 0 && hue === 0) return image;
  let x = image.to({ dtype: 'float32' });
  if (brightness !== 0) x = ops.mul(x, 1 + brightness);
  if (contrast !== 0) {
    const middle = ops.mean(luma(x));
    x = ops.add(ops.mul(x, 1 + contrast), ops.mul(middle, -contrast));
  }
  if (saturation !== 0) {
    x = onColors(x, (colors) => ops.add(ops.mul(colors, 1 + saturation), ops.mul(luma(colors), -saturation)));
  }
  if (hue !== 0) x = onColors(x, (colors) => turnHue(colors, hue));
  return ops.clamp(x, 0, fullScale);
}
