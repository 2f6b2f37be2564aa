import { expect } from 'vitest';
import { noGrad, ops, scope, type Tensor } from '../../src/engine/index.ts';
import type { SegmentationNetwork } from '../../src/models/index.ts';
import { settleNorms } from './settle-norms.ts';

/** Logits in evaluation mode. */
export function evaluate(network: SegmentationNetwork, images: Tensor): Tensor {
  network.eval();
  return noGrad(() => network.forward(images));
}

/** The largest difference, in standard deviations of the second. */
export function difference(a: Tensor, b: Tensor): number {
  return scope(() => {
    const spread = Math.sqrt(ops.variance(b).item());
    return ops.amax(ops.abs(ops.sub(a, b))).item() / spread;
  });
}

/** How far an image alone is from its row of a batch, in standard deviations of the logits. */
function rowDifference(network: SegmentationNetwork, images: Tensor): number {
  return scope(() => {
    const row = ops.narrow(evaluate(network, images), 0, 1, 1);
    return difference(evaluate(network, ops.narrow(images, 0, 1, 1)), row);
  });
}

/**
 * An image alone must be as in a batch, at the latest when the norms have statistics of their own; the network keeps them then.
 * @param images a batch of two
 */
export function expectRowOfBatch(network: SegmentationNetwork, images: Tensor): void {
  if (rowDifference(network, images) < 1e-4) return;
  settleNorms(network, images, { calm: true });
  expect(rowDifference(network, images)).toBeLessThan(1e-4);
}
