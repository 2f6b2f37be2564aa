import type { ClassConfig } from '../config/index.ts';
import { type ConfusionMatrix, ignScores, strictScores } from '../evaluation/index.ts';
import type { EpochLog } from './monitor.ts';

/** The mean of the IoU weighted by the classes' pixels, as IGN's `val_miou` is (over all classes). */
function supportWeightedIou(matrix: ConfusionMatrix): number {
  const all = Array.from({ length: matrix.classes }, () => ({ weight: 1 }));
  const { perClass } = ignScores(matrix, all);
  const total = perClass.reduce((sum, { support }) => sum + support, 0);
  return perClass.reduce((sum, { iou, support }) => sum + iou * support, 0) / total;
}

/**
 * The scores of a pass as an epoch logs them, fractions from 0 to 1.
 * @param compat `ign` makes the mean IoU weighted by the classes' pixels, as IGN's programs log it
 */
export function scoreLog(
  prefix: 'train' | 'val',
  matrix: ConfusionMatrix,
  classes: readonly ClassConfig[],
  compat: 'none' | 'ign',
): EpochLog {
  const scores = strictScores(matrix, classes);
  const log: Record<string, number> = {
    [`${prefix}_miou`]: (compat === 'ign' ? supportWeightedIou(matrix) : scores.miou) / 100,
    [`${prefix}_accuracy`]: scores.overallAccuracy / 100,
  };
  if (prefix === 'train') return log;
  for (const { index, iou } of scores.perClass) {
    log[`${prefix}_iou_${classes[index]?.name ?? index}`] = iou / 100;
  }
  return log;
}
