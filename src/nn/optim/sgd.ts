import { ops, type Tensor } from '../../engine/index.ts';
import type { Parameter } from '../parameter.ts';
import { foreachAdd, foreachAdd_, foreachMul_ } from './foreach.ts';
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

  protected update({ group, params, grads }: Batch<SgdOptions>): void {
    const { lr, momentum, dampening, weightDecay, nesterov } = group;
    const gradients = weightDecay === 0 ? grads : foreachAdd(grads, params, weightDecay);
    if (momentum === 0) {
      foreachAdd_(params, gradients, -lr);
      return;
    }
    const old: Tensor[] = [];
    const oldGradients: Tensor[] = [];
    const buffers = params.map((param, i) => {
      const gradient = gradients[i]!;
      if (!this.remembers(param)) return this.remembered(param, 'momentum_buffer', () => ops.clone(gradient));
      const buffer = this.remembered(param, 'momentum_buffer', () => ops.clone(gradient));
      old.push(buffer);
      oldGradients.push(gradient);
      return buffer;
    });
    foreachMul_(old, momentum);
    foreachAdd_(old, oldGradients, 1 - dampening);
    foreachAdd_(params, nesterov ? foreachAdd(gradients, buffers, momentum) : buffers, -lr);
  }
}
