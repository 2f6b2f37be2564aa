import type { Tensor } from '../engine/index.ts';
import type { TensorModule } from '../nn/index.ts';

/**
 * Calls modules one after another and frees each intermediate result once the next module has used it, so that a block
 * never holds more than two maps at a time (autograd keeps for itself what it needs).
 *
 * @param x input, left alone
 */
export function chain(x: Tensor, ...modules: readonly TensorModule[]): Tensor {
  let current = x;
  for (const module of modules) {
    const next = module.forward(current);
    if (current !== x && next !== current) current.dispose();
    current = next;
  }
  return current;
}
