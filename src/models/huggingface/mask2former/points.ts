import { ops, rand, scope, type Tensor } from '../../../engine/index.ts';

/** Draws uniform numbers in [0, 1) of a shape, on the device of a tensor. Tests put recorded numbers here. */
export type PointSource = (shape: readonly number[], like: Tensor) => Tensor;

/** The generator that {@link manualSeed} seeds. */
export const randomPoints: PointSource = (shape, like) => rand(shape, { device: like.device });

/**
 * Bilinear samples of maps at points.
 *
 * @param maps `[M, 1, H, W]`
 * @param points `[M, P, 2]` or `[1, P, 2]`, (x, y) in [0, 1]
 * @returns `[M, P]`
 */
export function samplePoints(maps: Tensor, points: Tensor): Tensor {
  return scope(() => {
    const [count] = maps.shape as [number, number, number, number];
    const [given, length] = points.shape as [number, number, number];
    const every = given === count ? points : ops.expand(points, [count, length, 2]);
    const grid = ops.unsqueeze(ops.sub(ops.mul(every, 2), 1), 2);
    // Under autocast masks may be of half precision; places never are.
    const samples = ops.gridSample(maps.to({ dtype: grid.dtype }), grid, {
      mode: 'bilinear',
      paddingMode: 'zeros',
      alignCorners: false,
    });
    return ops.reshape(samples, [count, length]);
  });
}

/** How {@link uncertainPoints} draws. */
export interface PointSampling {
  readonly points: number;
  /** Candidates drawn for each point that is kept. */
  readonly oversampling: number;
  /** Share of the points taken where a mask is least certain; the rest fall anywhere. */
  readonly importance: number;
}

/**
 * Points of masks, most of them where a logit is close to zero.
 *
 * @param masks logits `[M, 1, H, W]`
 * @returns `[M, points, 2]`
 * @see Kirillov et al., "PointRend", 2020
 */
export function uncertainPoints(masks: Tensor, sampling: PointSampling, source: PointSource): Tensor {
  return scope(() => {
    const [count] = masks.shape as [number, number, number, number];
    const candidates = source([count, Math.trunc(sampling.points * sampling.oversampling), 2], masks);
    const certainty = ops.abs(samplePoints(masks, candidates));
    const chosen = Math.trunc(sampling.importance * sampling.points);
    const [, indices] = ops.topk(ops.neg(certainty), chosen, 1);
    const pairs = ops.expand(ops.unsqueeze(indices, 2), [count, chosen, 2]);
    const uncertain = ops.gather(candidates, 1, pairs);
    const anywhere = sampling.points - chosen;
    return anywhere > 0 ? ops.cat([uncertain, source([count, anywhere, 2], masks)], 1) : uncertain;
  });
}
