/** Sum of losses. */
export interface LossConfig {
  readonly terms: readonly LossTerm[];
  /** Multiplies each pixel's cross-entropy (and focal) term by the weight of its class. */
  readonly classWeights: boolean;
}

/** One loss of the sum; `weight` is its factor. */
export type LossTerm =
  | { readonly kind: 'cross_entropy'; readonly weight: number; readonly labelSmoothing: number }
  | { readonly kind: 'dice'; readonly weight: number; readonly smooth: number }
  | { readonly kind: 'focal'; readonly weight: number; readonly gamma: number }
  | { readonly kind: 'lovasz'; readonly weight: number };

export type OptimizerConfig =
  | {
      readonly kind: 'sgd';
      readonly learningRate: number;
      readonly momentum: number;
      readonly nesterov: boolean;
      readonly weightDecay: number;
    }
  | {
      readonly kind: 'adam' | 'adamw';
      readonly learningRate: number;
      readonly betas: readonly [number, number];
      readonly epsilon: number;
      readonly weightDecay: number;
    };

export type SchedulerConfig =
  | { readonly kind: 'none' }
  /** Per epoch: multiplies the rate by `factor` after `patience` epochs in which the validation loss made no progress. */
  | {
      readonly kind: 'plateau';
      readonly factor: number;
      readonly patience: number;
      readonly cooldown: number;
      readonly minLearningRate: number;
      /** Relative change that counts as progress. */
      readonly threshold: number;
    }
  /** Per step: up to `maxLearningRate` during `warmup` (a fraction of the steps), then down. */
  | {
      readonly kind: 'one_cycle';
      readonly maxLearningRate: number;
      readonly warmup: number;
      readonly divFactor: number;
      readonly finalDivFactor: number;
    }
  /** Per step: (1 − progress)^power after `warmup` epochs of linear rise. */
  | {
      readonly kind: 'poly';
      readonly power: number;
      readonly warmup: number;
      readonly minLearningRate: number;
    }
  /** Per step: half a cosine after `warmup` epochs of linear rise. */
  | { readonly kind: 'cosine'; readonly warmup: number; readonly minLearningRate: number };
