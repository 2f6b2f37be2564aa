import { callOp, noGrad, ops, scope, type Tensor } from '../../engine/index.ts';
import { Module } from '../module.ts';

/** Sets single numbers to zero with probability `p` while training, scaling the rest by 1 / (1 − p). */
export class Dropout extends Module {
  p: number;

  constructor(p = 0.5) {
    super();
    this.p = p;
  }

  forward(x: Tensor): Tensor {
    return this.training && this.p > 0 ? ops.dropout(x, this.p, true) : x;
  }
}

/** Sets whole channels of `[N, C, H, W]` to zero with probability `p` while training. */
export class Dropout2d extends Module {
  p: number;

  constructor(p = 0.5) {
    super();
    this.p = p;
  }

  forward(x: Tensor): Tensor {
    return this.training && this.p > 0 ? ops.dropout2d(x, this.p, true) : x;
  }
}

/** Stochastic depth (Huang et al. 2016): drops the residual branch of whole samples while training. */
export class DropPath extends Module {
  p: number;

  constructor(p = 0) {
    super();
    this.p = p;
  }

  forward(x: Tensor): Tensor {
    if (!this.training || this.p === 0) return x;
    const kept = 1 - this.p;
    return scope(() => {
      const mask = noGrad(() => {
        const draws = callOp('aten::new_empty', '', [
          x,
          [x.shape[0]!, ...x.shape.slice(1).map(() => 1)],
        ]) as Tensor;
        ops.bernoulli_(draws, kept);
        if (kept > 0) callOp('aten::div_', 'Scalar', [draws, kept]);
        return draws;
      });
      return ops.mul(x, mask);
    });
  }
}
