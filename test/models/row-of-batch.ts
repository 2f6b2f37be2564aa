import { expect } from 'vitest';
import { ops, scope, type Tensor } from '../../src/engine/index.ts';
import type { SegmentationNetwork } from '../../src/models/index.ts';
import { evaluate } from './evaluate.ts';
import { settleNorms } from './settle-norms.ts';

/** How far the second image alone is from its row of a batch, in standard deviations of the row. */
function rowDifference(network: SegmentationNetwork, images: Tensor): number {
  return scope(() => {
    const row = ops.narrow(evaluate(network, images), 0, 1, 1);
    const alone = evaluate(network, ops.narrow(images, 0, 1, 1));
    const spread = Math.sqrt(ops.variance(row).item());
    return ops.amax(ops.abs(ops.sub(alone, row))).item() / spread;
  });
}

/** An image alone must be as in a batch, at the latest when the norms have these images' statistics. */
export function expectRowOfBatch(network: SegmentationNetwork, images: Tensor): void {
  if (rowDifference(network, images) < 1e-4) return;
  settleNorms(network, images);
  expect(rowDifference(network, images)).toBeLessThan(1e-4);
}
