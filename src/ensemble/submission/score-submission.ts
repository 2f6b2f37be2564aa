import { ConfusionMatrix, contestDice } from '../../evaluation/index.ts';
import { SubmissionError } from '../errors.ts';
import { decodeRunLengths, type MaskShape } from './run-lengths.ts';
import type { Submission } from './submission-file.ts';

/** A submission's score. */
export interface SubmissionScore {
  /** The contest's score, the mean over the images that have one, 0–1; NaN when none has. */
  readonly meanDice: number;
  /** By image; `undefined` where truth and prediction are both empty and the image does not count. */
  readonly dice: ReadonlyMap<string, number | undefined>;
}

/**
 * Scores a submission against the truth as DACON 236092 does, paired by name.
 * @throws {SubmissionError} for images of the truth that the submission lacks; {RunLengthError} with the line at fault.
 */
export function scoreSubmission(
  truth: Submission,
  prediction: Submission,
  shape: MaskShape,
): SubmissionScore {
  const dice = new Map<string, number | undefined>();
  let total = 0;
  let counted = 0;
  for (const { id, runs, line } of truth.rows) {
    const row = prediction.byId.get(id);
    if (row === undefined) {
      throw new SubmissionError(`the image ${id} is missing`, {
        file: prediction.file,
        remedy: `list every image of ${truth.file} (line ${line})`,
      });
    }
    const matrix = new ConfusionMatrix(2).accumulate(
      decodeRunLengths(runs, shape, { file: truth.file, line }),
      decodeRunLengths(row.runs, shape, { file: prediction.file, line: row.line }),
    );
    const score = contestDice(matrix);
    dice.set(id, score);
    if (score === undefined) continue;
    total += score;
    counted++;
  }
  return { meanDice: total / counted, dice };
}
