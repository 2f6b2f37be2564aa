import { manualSeed, ops, scope, type Tensor } from '../../src/engine/index.ts';
import { SegmentationNetwork } from '../../src/models/network.ts';
import { Conv2d } from '../../src/nn/index.ts';

/** Two convolutions: next to no work a pixel, so that everything but the network shows. */
class SmallNetwork extends SegmentationNetwork {
  readonly first = new Conv2d(3, 8, 3, { padding: 1 });
  readonly second = new Conv2d(8, 4, 3, { padding: 1 });

  constructor() {
    super({ modelName: 'small', inChannels: 3, classes: 4, inputDivisor: 1 });
  }

  override forward(images: Tensor): Tensor {
    return scope(() => this.second.forward(ops.relu(this.first.forward(images))));
  }
}

/** The small network, the same at every call. */
export function smallNetwork(): SegmentationNetwork {
  manualSeed(0);
  return new SmallNetwork();
}
