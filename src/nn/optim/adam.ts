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
import { fusedAdam_, isFusible } from './fused.ts';
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

  /** Whether weight decay is kept apart from the gradient. */
  protected get decoupled(): boolean {
    return false;
  }

  protected update({ group, params, grads }: Batch<AdamOptions>): void {
    const means = params.map((param) => this.#running(param, 'exp_avg'));
    const squares = params.map((param) => this.#running(param, 'exp_avg_sq'));
    const steps = params.map((param) => this.steps.get(param)!);
    if (isFusible(params, grads, means, squares)) {
      fusedAdam_([params, grads, means, squares], steps, group, this.decoupled);
      return;
    }
    const { lr, weightDecay, eps } = group;
    const [beta1, beta2] = group.betas;
    let gradients = grads;
    if (weightDecay !== 0 && this.decoupled) foreachMul_(params, 1 - lr * weightDecay);
    else if (weightDecay !== 0) gradients = foreachAdd(grads, params, weightDecay);
    foreachLerp_(means, gradients, 1 - beta1);
    foreachMul_(squares, beta2);
    foreachAddcmul_(squares, gradients, gradients, 1 - beta2);
    const roots = foreachSqrt(squares);
    const rootCorrections = steps.map((step) => Math.sqrt(1 - beta2 ** step));
    foreachDiv_(roots, rootCorrections);
    foreachAddScalar_(roots, eps);
    const rates = steps.map((step) => -lr / (1 - beta1 ** step));
    foreachAddcdiv_(params, means, roots, rates);
  }

  #running(param: Parameter, name: string): Tensor {
    return this.recall(param, name) ?? this.remember(param, name, zerosLike(param));
  }
}

function zerosLike(x: Tensor): Tensor {
  return callOp('aten::zeros_like', '', [x]) as Tensor;
}

/** Adam with decoupled weight decay: p ← p·(1 − lr·λ) first (Loshchilov and Hutter 2017). */
export class AdamW extends Adam {
  constructor(
    params: Iterable<Parameter> | readonly ParameterGroup<AdamOptions>[],
    options: Partial<AdamOptions> = {},
  ) {
    super(params, { weightDecay: 0.01, ...options });
  }

  protected override get decoupled(): boolean {
    return true;
  }
}
