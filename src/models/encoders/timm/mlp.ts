import { ops, scope, type Tensor } from '../../../engine/index.ts';
import { Linear, Module } from '../../../nn/index.ts';

/** Two linear layers over the last dimension with GELU between, four times as wide inside. */
export class TokenMlp extends Module {
  fc1: Linear;
  fc2: Linear;

  constructor(width: number) {
    super();
    this.fc1 = new Linear(width, width * 4);
    this.fc2 = new Linear(width * 4, width);
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const hidden = this.fc1.forward(x);
      const active = ops.gelu(hidden);
      hidden.dispose();
      return this.fc2.forward(active);
    });
  }
}
