import { noGrad, type Tensor } from '../../src/engine/index.ts';
import type { SegmentationNetwork } from '../../src/models/index.ts';

/** Logits in evaluation mode. */
export function evaluate(network: SegmentationNetwork, images: Tensor): Tensor {
  network.eval();
  return noGrad(() => network.forward(images));
}
