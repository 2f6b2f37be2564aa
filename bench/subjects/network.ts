import { manualSeed } from '../../src/engine/index.ts';
import { createModel, type SegmentationNetwork } from '../../src/models/index.ts';

/** The network of the bench: U-Net over ResNet-34, five bands, nineteen classes. */
export function benchNetwork(): SegmentationNetwork {
  manualSeed(0);
  return createModel({ name: 'resnet34_unet', inChannels: 5, classes: 19 });
}
