import { ops, type Tensor } from '../../engine/index.ts';
import type { Parameter } from '../parameter.ts';
import { foreachAdd, foreachAdd_, foreachMul_ } from './foreach.ts';
import { fusedSgd_, isFusible } from './fused.ts';
import type { BaseOptions, ParameterGroup } from './groups.ts';
import { type Batch, Optimizer } from './optimizer.ts';

/** Options of {@link SGD}; defaults are `torch.optim`'s. */
export interface SgdOptions extends BaseOptions {
  momentum: number;
  /** Share of the gradient that momentum leaves out. */
  dampening: number;
  nesterov: boolean;
}

const defaults: SgdOptions = { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false };

/** Stochastic gradient descent with momentum: b ← μ·b + (1 − τ)·(g + λ·p); p ← p − lr·b. */
export class SGD extends Optimizer<SgdOptions> {
  constructor(
    params: Iterable<Parameter> | readonly ParameterGroup<SgdOptions>[],
    options: Partial<SgdOptions> = {},
  ) {
    super(params, { ...defaults, ...options });
  }

  protected update(batch: Batch<SgdOptions>): void {
    const { group, params, grads } = batch;
    if (group.momentum === 0) {
      if (isFusible(params, grads)) fusedSgd_(params, grads, [], group);
      else foreachAdd_(params, decayed(batch), -group.lr);
      return;
    }
    const isNew = params.map((param) => this.recall(param, 'momentum_buffer') === undefined);
    this.#first(pick(batch, (i) => isNew[i]!));
    this.#later(pick(batch, (i) => !isNew[i]!));
  }

  // At its first step a parameter's momentum is its gradient, undamped.
  #first(batch: Batch<SgdOptions>): void {
    if (batch.params.length === 0) return;
    const gradients = decayed(batch);
    const buffers = batch.params.map((param, i) =>
      this.remember(param, 'momentum_buffer', ops.clone(gradients[i]!)),
    );
    move(batch, gradients, buffers);
  }

  #later(batch: Batch<SgdOptions>): void {
    const { group, params, grads } = batch;
    if (params.length === 0) return;
    const buffers = params.map((param) => this.recall(param, 'momentum_buffer')!);
    if (isFusible(params, grads, buffers)) {
      fusedSgd_(params, grads, buffers, group);
      return;
    }
    const gradients = decayed(batch);
    foreachMul_(buffers, group.momentum);
    foreachAdd_(buffers, gradients, 1 - group.dampening);
    move(batch, gradients, buffers);
  }
}

function move(
  { group, params }: Batch<SgdOptions>,
  gradients: readonly Tensor[],
  buffers: readonly Tensor[],
): void {
  const direction = group.nesterov ? foreachAdd(gradients, buffers, group.momentum) : buffers;
  foreachAdd_(params, direction, -group.lr);
}

function decayed({ group, params, grads }: Batch<SgdOptions>): readonly Tensor[] {
  return group.weightDecay === 0 ? grads : foreachAdd(grads, params, group.weightDecay);
}

function pick(
  { group, params, grads }: Batch<SgdOptions>,
  isWanted: (i: number) => boolean,
): Batch<SgdOptions> {
  return {
    group,
    params: params.filter((_, i) => isWanted(i)),
    grads: grads.filter((_, i) => isWanted(i)),
  };
}
