import { callOp, type Tensor } from '../../engine/index.ts';
import type { Parameter } from '../parameter.ts';
import {
  foreachAdd,
  foreachAddcdiv_,
  foreachAddcmul_,
  foreachAddScalar_,
  foreachDiv_,
  foreachLerp_,
  foreachMul_,
  foreachSqrt,
} from './foreach.ts';
import type { BaseOptions, ParameterGroup } from './groups.ts';
import { type Batch, Optimizer } from './optimizer.ts';

/** Options of {@link Adam} and {@link AdamW}; defaults are `torch.optim`'s. */
export interface AdamOptions extends BaseOptions {
  /** Decay of the running mean of gradients and of that of their squares. */
  betas: readonly [number, number];
  eps: number;
}

const defaults: AdamOptions = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 };

/** Adam (Kingma and Ba 2014); weight decay is added to the gradient. */
export class Adam extends Optimizer<AdamOptions> {
  constructor(
    params: Iterable<Parameter> | readonly ParameterGroup<AdamOptions>[],
    options: Partial<AdamOptions> = {},
  ) {
    super(params, { ...defaults, ...options });
  }

  /** The gradients that the running means see. */
  protected decay({ group, params, grads }: Batch<AdamOptions>): readonly Tensor[] {
    return group.weightDecay === 0 ? grads : foreachAdd(grads, params, group.weightDecay);
  }

  protected update(batch: Batch<AdamOptions>): void {
    const { group, params } = batch;
    const [beta1, beta2] = group.betas;
    const grads = this.decay(batch);
    const zeros = (param: Parameter) => callOp('aten::zeros_like', '', [param]) as Tensor;
    const means = params.map((param) => this.remembered(param, 'exp_avg', () => zeros(param)));
    const squares = params.map((param) => this.remembered(param, 'exp_avg_sq', () => zeros(param)));
    foreachLerp_(means, grads, 1 - beta1);
    foreachMul_(squares, beta2);
    foreachAddcmul_(squares, grads, grads, 1 - beta2);

    const steps = params.map((param) => this.steps.get(param)!);
    const roots = foreachSqrt(squares);
    foreachDiv_(
      roots,
      steps.map((step) => Math.sqrt(1 - beta2 ** step)),
    );
    foreachAddScalar_(roots, group.eps);
    foreachAddcdiv_(
      params,
      means,
      roots,
      steps.map((step) => -group.lr / (1 - beta1 ** step)),
    );
  }
}

/** Adam with decoupled weight decay: p ← p·(1 − lr·λ) first (Loshchilov and Hutter 2017). */
export class AdamW extends Adam {
  constructor(
    params: Iterable<Parameter> | readonly ParameterGroup<AdamOptions>[],
    options: Partial<AdamOptions> = {},
  ) {
    super(params, { weightDecay: 0.01, ...options });
  }

  protected override decay({ group, params, grads }: Batch<AdamOptions>): readonly Tensor[] {
    if (group.weightDecay !== 0) foreachMul_(params, 1 - group.lr * group.weightDecay);
    return grads;
  }
}
