import { ops, scope, type Tensor } from '../../../engine/index.ts';
import type { MapSize } from '../tokens.ts';

/** Below this a score counts as nothing; keeps the logarithm finite in half precision too. */
const SMALLEST_SCORE = 1e-7;

/** Where masks are turned into probabilities before they are added up. */
export interface SemanticOptions {
  /** The size masks are resized to first; the output's when left out. Some pipelines use 384 × 384. */
  readonly maskSize?: MapSize;
}

/**
 * Semantic scores of a mask classifier: over all queries, probability of the class times probability of the mask.
 * "Nothing" is left out. Scores of a pixel do not add up to one.
 *
 * @param logits class logits `[N, Q, classes + 1]` and mask logits `[N, Q, h, w]`
 * @param size of the result, in pixels
 * @returns `[N, classes, H, W]`, in [0, Q]
 */
export function semanticScores(
  { classes, masks }: { classes: Tensor; masks: Tensor },
  size: MapSize,
  { maskSize = size }: SemanticOptions = {},
): Tensor {
  return scope(() => {
    const known = classes.shape[2]! - 1;
    const probabilities = ops.narrow(ops.softmax(classes, -1), 2, 0, known);
    const enlarged = ops.interpolate(masks, { size: maskSize, mode: 'bilinear', alignCorners: false });
    const covered = ops.flatten(ops.sigmoid(enlarged), 2);
    const scores = ops.matmul(ops.transpose(probabilities, 1, 2), covered);
    const map = ops.reshape(scores, [-1, known, ...maskSize]);
    if (maskSize[0] === size[0] && maskSize[1] === size[1]) return map;
    return ops.interpolate(map, { size, mode: 'bilinear', alignCorners: false });
  });
}

/**
 * Logarithms of the {@link semanticScores}: what follows may treat them like any network's logits. The largest stays the
 * largest, and a softmax gives each class its share of the scores.
 */
export function semanticLogits(
  logits: { classes: Tensor; masks: Tensor },
  size: MapSize,
  options: SemanticOptions = {},
): Tensor {
  return scope(() => {
    const scores = semanticScores(logits, size, options);
    return ops.log(ops.clamp(scores, SMALLEST_SCORE));
  });
}
