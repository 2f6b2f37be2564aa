import type { ImageCounts } from './evaluate-files.ts';
import { type Scores, strictScores, type WeightedClass } from './metrics.ts';

/** An image and how well it was predicted. */
export interface RankedImage extends ImageCounts {
  readonly scores: Scores;
}

/** Images from worst to best by strict mean IoU (or overall accuracy); those without any labelled pixel are left out. */
export function rankImages(
  images: readonly ImageCounts[],
  classes: readonly WeightedClass[],
  by: 'miou' | 'overallAccuracy' = 'miou',
): RankedImage[] {
  return images
    .map((image) => ({ ...image, scores: strictScores(image.matrix, classes) }))
    .filter(({ scores }) => Number.isFinite(scores[by]))
    .sort((one, other) => one.scores[by] - other.scores[by]);
}
