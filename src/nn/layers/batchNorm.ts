import { noGrad, ones, ops, type Tensor, zeros } from '../../engine/index.ts';
import { isRecomputing } from '../checkpoint.ts';
import { ones_, zeros_ } from '../init.ts';
import { Module } from '../module.ts';
import type { Parameter } from '../parameter.ts';
import { onesParameter, zerosParameter } from './create.ts';
import { Identity } from './shape.ts';

/** Options of {@link BatchNorm2d}; defaults are `torch.nn`'s. */
export interface BatchNormOptions {
  eps?: number;
  /** Share of the newest batch in the running statistics. */
  momentum?: number;
  affine?: boolean;
}

/** Batch normalisation over `[N, C, H, W]` (or `[N, C]`): batch statistics in training, running ones in evaluation. */
export class BatchNorm2d extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly running_mean: Tensor;
  readonly running_var: Tensor;
  readonly num_batches_tracked: Tensor;
  readonly numFeatures: number;
  readonly eps: number;
  momentum: number;

  constructor(numFeatures: number, { eps = 1e-5, momentum = 0.1, affine = true }: BatchNormOptions = {}) {
    super();
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.weight = affine ? onesParameter([numFeatures]) : null;
    this.bias = affine ? zerosParameter([numFeatures]) : null;
    this.running_mean = this.registerBuffer('running_mean', zeros([numFeatures]));
    this.running_var = this.registerBuffer('running_var', ones([numFeatures]));
    this.num_batches_tracked = this.registerBuffer('num_batches_tracked', zeros([], { dtype: 'int64' }));
  }

  resetParameters(): void {
    if (this.weight) ones_(this.weight);
    if (this.bias) zeros_(this.bias);
    zeros_(this.running_mean);
    ones_(this.running_var);
    zeros_(this.num_batches_tracked);
  }

  forward(x: Tensor): Tensor {
    const { weight, bias, running_mean: runningMean, running_var: runningVar, training, eps } = this;
    // A checkpointed segment runs twice; its statistics count once.
    const momentum = isRecomputing() ? 0 : this.momentum;
    if (training && !isRecomputing()) {
      noGrad(() => ops.add_(this.num_batches_tracked, 1));
    }
    return ops.batchNorm(x, { weight, bias, runningMean, runningVar, training, momentum, eps });
  }

  /** What is left to do where the normalisation has become part of the convolution before it. */
  afterFolding(): Module {
    return new Identity();
  }
}
