import { noGrad, ops, scope, type Tensor } from '../../src/engine/index.ts';
import type { SegmentationNetwork } from '../../src/models/index.ts';
import { BatchNorm2d } from '../../src/nn/index.ts';

/** Least variance: what hardly moves is not blown up, and its roundings with it. */
const LEAST = 0.1;

/** Gives a norm the mean and variance of all that reaches it; small images have none worth the name for single channels. */
function settle({ running_mean, running_var }: BatchNorm2d, x: Tensor): void {
  const mean = ops.mean(x);
  ops.copy_(running_mean!, mean);
  ops.copy_(running_var!, ops.clamp(ops.mean(ops.square(ops.sub(x, mean))), LEAST));
}

/**
 * Gives batch norms the statistics of some images, one after the other, each from what comes out of those before it. Norms that never
 * saw an image (mean 0, variance 1) let the activations of a deep network grow a million times and more, and the last bit of a sum
 * with them, even in float64: what can be compared then says nothing of the network.
 */
export function settleNorms(network: SegmentationNetwork, images: Tensor): void {
  network.eval();
  const norms = [...network.namedModules()].flatMap(([, module]) =>
    module instanceof BatchNorm2d ? [module] : [],
  );
  for (const norm of norms) {
    const forward = norm.forward.bind(norm);
    norm.forward = (x) => {
      scope(() => settle(norm, x));
      return forward(x);
    };
  }
  noGrad(() => scope(() => void network.forward(images)));
  for (const norm of norms) Reflect.deleteProperty(norm, 'forward');
}
