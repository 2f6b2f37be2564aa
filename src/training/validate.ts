import { disposeBatch, IGNORE_INDEX, type PatchLoader } from '../data/index.ts';
import { inferenceMode, scope } from '../engine/index.ts';
import { ConfusionMatrix } from '../evaluation/index.ts';
import type { SegmentationNetwork } from '../models/index.ts';
import type { Loss } from '../nn/index.ts';
import { atImageSize, type ComputeOptions, inPrecision, moveBatch, rawLogits } from './forward.ts';
import { classesOf } from './train-step.ts';

/** What a pass over a labelled set gives. */
export interface Validation {
  /** Mean of the batches' losses. */
  readonly loss: number;
  readonly batches: number;
  readonly matrix: ConfusionMatrix;
}

/** Scores the network on every batch of a loader, in evaluation mode. */
export async function validate(
  network: SegmentationNetwork,
  loader: PatchLoader,
  loss: Loss,
  compute: ComputeOptions,
  onBatch?: (done: number, total: number) => void,
): Promise<Validation> {
  const wasTraining = network.training;
  network.eval();
  const matrix = new ConfusionMatrix(network.classes);
  let total = 0;
  let batches = 0;
  try {
    for await (const batch of loader.batches()) {
      const targets = batch.targets!.to({ dtype: 'uint8' });
      const result = inferenceMode(() =>
        scope(() => {
          const placed = moveBatch(batch, compute);
          const logits = inPrecision(compute, () => atImageSize(rawLogits(network, placed), placed));
          return { loss: loss.forward(logits, placed.targets).item(), predicted: classesOf(logits) };
        }),
      );
      matrix.accumulate(targets.toTypedArray() as Uint8Array, result.predicted, {
        ignoreValue: IGNORE_INDEX,
      });
      targets.dispose();
      disposeBatch(batch);
      total += result.loss;
      onBatch?.(++batches, loader.batchCount());
    }
  } finally {
    network.train(wasTraining);
  }
  return { loss: total / batches, batches, matrix };
}
