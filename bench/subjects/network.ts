import type { NormalizationConfig } from '../../src/config/index.ts';
import { manualSeed } from '../../src/engine/index.ts';
import { createModel, type SegmentationNetwork } from '../../src/models/index.ts';

export const BANDS = 5;
export const CLASSES = 19;

/** Mean and deviation of IGN's five bands. */
export const NORMALIZATION: NormalizationConfig = {
  kind: 'custom',
  means: [105.08, 110.87, 101.82, 106.38, 53.26],
  stds: [52.17, 45.38, 44, 39.69, 79.3],
};

/** The network of the bench: U-Net over ResNet-34, five bands, nineteen classes. */
export function benchNetwork(): SegmentationNetwork {
  manualSeed(0);
  return createModel({ name: 'resnet34_unet', inChannels: BANDS, classes: CLASSES });
}
