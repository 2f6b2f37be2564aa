import type { Tensor } from '../engine/index.ts';
import { checkpoint, Sequential } from '../nn/index.ts';

/** The blocks of a stage, one after another; with gradient checkpointing each is run again for its gradient. */
export class BlockSequence extends Sequential {
  override forward(x: Tensor): Tensor {
    let current = x;
    for (const block of this) {
      const before = current;
      current = checkpoint((input) => block.forward(input), before);
      if (before !== x && before !== current) before.dispose();
    }
    return current;
  }
}
