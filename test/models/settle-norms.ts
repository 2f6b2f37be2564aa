import { noGrad, scope, type Tensor } from '../../src/engine/index.ts';
import type { SegmentationNetwork } from '../../src/models/index.ts';
import { BatchNorm2d } from '../../src/nn/index.ts';

/** Weight of the first batch's statistics; what follows weighs a half, a third, … of it. */
const FIRST = 0.3;

/**
 * Gives batch norms statistics that are about half those of some batches, half what they began with. Norms that never saw an
 * image (mean 0, variance 1) let the activations of a deep network grow a million times and more, and the last bit of a sum with
 * them, even in float64; the statistics of a few small images alone would do the same for channels that they hardly move. What can
 * be compared then says nothing of the network.
 */
export function settleNorms(network: SegmentationNetwork, batches: readonly Tensor[]): void {
  const norms = [...network.namedModules()].flatMap(([, module]) =>
    module instanceof BatchNorm2d ? [module] : [],
  );
  const momenta = norms.map(({ momentum }) => momentum);
  network.train();
  for (const [pass, images] of batches.entries()) {
    for (const norm of norms) norm.momentum = FIRST / (pass + 1);
    noGrad(() => scope(() => void network.forward(images)));
  }
  for (const [i, norm] of norms.entries()) norm.momentum = momenta[i]!;
  network.eval();
}
