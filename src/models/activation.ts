import { ops, type Tensor } from '../engine/index.ts';
import { Module } from '../nn/index.ts';

/**
 * max(x, 0), written over its input, which must be the result of an operator that does not need it for its gradient
 * (a norm or a convolution): one map less to write and to keep.
 */
export class ReLUInPlace extends Module {
  forward(x: Tensor): Tensor {
    return ops.relu_(x);
  }
}
