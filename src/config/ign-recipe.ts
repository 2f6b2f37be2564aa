import type { FlairValues } from './flair-schema.ts';
import type { RunConfig } from './run-config.ts';
import { PLAIN_TUNING } from './run-parts.ts';

/**
 * IGN's fixed recipe: cross-entropy, plain SGD, and a plateau scheduler on the validation loss.
 *
 * @param patience epochs without gain after which training stops
 * @param ign whether validation leaves out the last, smaller batch as IGN's programs do
 */
export function ignRecipe(
  values: Pick<FlairValues, 'use_weights' | 'learning_rate' | 'num_epochs' | 'batch_size'>,
  { patience, ign }: { readonly patience: number; readonly ign: boolean },
): Pick<RunConfig, 'loss' | 'optimizer' | 'scheduler' | 'training'> {
  return {
    loss: {
      terms: [{ kind: 'cross_entropy', weight: 1, labelSmoothing: 0 }],
      classWeights: values.use_weights,
    },
    optimizer: {
      ...{ kind: 'sgd', learningRate: values.learning_rate },
      ...{ momentum: 0, nesterov: false, weightDecay: 0 },
    },
    scheduler: {
      ...{ kind: 'plateau', factor: 0.5, patience: 10, cooldown: 4 },
      ...{ minLearningRate: 1e-7, threshold: 1e-4 },
    },
    training: {
      epochs: values.num_epochs,
      batchSize: values.batch_size,
      repeat: 1,
      dropLast: { train: true, validation: ign },
      gradientClip: null,
      ...PLAIN_TUNING,
      earlyStopping: { patience, minDelta: 0 },
    },
  };
}
