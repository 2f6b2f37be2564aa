import { keep, withDevice, zeros } from '../engine/index.ts';
import { parameter } from '../nn/index.ts';
import type { ModelOptions } from './family.ts';
import type { SegmentationNetwork } from './network.ts';
import { createModel } from './registry.ts';

/**
 * A network whose weights are zeros, in evaluation mode: no random number is drawn and pages that are only read take no memory,
 * so that even the largest is quickly there for what does not depend on numbers (shapes, costs).
 */
export function createZeroModel(options: ModelOptions): SegmentationNetwork {
  const network = withDevice('meta', () => createModel(options));
  for (const [, module] of network.namedModules()) {
    for (const [key, value] of module.ownParameters())
      module.setOwn(key, parameter(zeros(value.shape), value.requiresGrad));
    for (const [key, value] of module.ownBuffers())
      module.setOwn(key, keep(zeros(value.shape, { dtype: value.dtype })));
  }
  return network.eval();
}
