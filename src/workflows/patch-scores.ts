import { join, resolve } from 'node:path';
import type { ClassDefinition } from '../core/index.ts';
import { type ClassCoding, type ImageCounts, rankImages, writeOutput } from '../evaluation/index.ts';

/** How well one patch was predicted. Paths are absolute. */
export interface PatchScore {
  readonly image: string | null;
  readonly truth: string;
  readonly prediction: string;
  /** Percent, over the classes that occur. */
  readonly miou: number;
  readonly overallAccuracy: number;
}

/** What {@link writePatchScores} writes. */
export interface PatchScores {
  readonly format: 1;
  /** Colour of each value of predictions, then of truth masks (null: none of ours); null where masks hold colours. */
  readonly predictionColors: readonly (string | null)[];
  readonly truthColors: readonly (string | null)[] | null;
  /** From worst to best. */
  readonly patches: readonly PatchScore[];
}

/** Name of the file in the folder of a run's metrics. */
export const PATCH_SCORES_FILE = 'patches.json';

function colorsOf(coding: ClassCoding, classes: readonly ClassDefinition[]): (string | null)[] | null {
  if (coding.kind === 'colors') return null;
  const { table } = coding;
  const length = Math.min(256, table.length);
  return Array.from({ length }, (_, value) => classes[table[value]!]?.color ?? null);
}

/**
 * Writes how well each patch was predicted, from worst to best, for those who look at the worst first (`arpent serve`).
 * @throws OutputExistsError unless `overwrite`
 */
export async function writePatchScores(
  folder: string,
  images: readonly ImageCounts[],
  classes: readonly ClassDefinition[],
  { truth, imageOf }: { truth: ClassCoding; imageOf: (truth: string) => string | undefined },
  options: { readonly overwrite: boolean },
): Promise<void> {
  const patches = rankImages(images, classes).map(({ pair, scores }): PatchScore => {
    const image = imageOf(pair.truth);
    return {
      image: image === undefined ? null : resolve(image),
      truth: resolve(pair.truth),
      prediction: resolve(pair.prediction),
      miou: scores.miou,
      overallAccuracy: scores.overallAccuracy,
    };
  });
  const scores: PatchScores = {
    format: 1,
    predictionColors: classes.map(({ color }) => color),
    truthColors: colorsOf(truth, classes),
    patches,
  };
  await writeOutput(join(folder, PATCH_SCORES_FILE), `${JSON.stringify(scores, null, 1)}\n`, options);
}
