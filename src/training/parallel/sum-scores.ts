import { ConfusionMatrix } from '../../evaluation/index.ts';
import type { Team } from './team.ts';

/** Adds up over the ranks what each has counted on its share, and other numbers with it. */
export async function sumScores(
  team: Team,
  { classes, counts, missed, ignored }: ConfusionMatrix,
  others: readonly number[] = [],
): Promise<{ matrix: ConfusionMatrix; others: number[] }> {
  const all = await team.sum([...counts, ...missed, ignored, ...others]);
  const cells = classes * classes;
  const matrix = new ConfusionMatrix(classes, all.subarray(0, cells));
  matrix.missed.set(all.subarray(cells, cells + classes));
  matrix.ignored = all[cells + classes]!;
  return { matrix, others: [...all.subarray(cells + classes + 1)] };
}
