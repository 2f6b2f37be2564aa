import type { ResNetVariant } from './resnet.ts';

const resnext101 = { block: 'bottleneck', layers: [3, 4, 23, 3], groups: 32 } as const;

/** ResNets by the names of `segmentation_models_pytorch`. */
export const resnetVariants: Readonly<Record<string, ResNetVariant>> = {
  resnet18: { block: 'basic', layers: [2, 2, 2, 2] },
  resnet34: { block: 'basic', layers: [3, 4, 6, 3] },
  resnet50: { block: 'bottleneck', layers: [3, 4, 6, 3] },
  resnet101: { block: 'bottleneck', layers: [3, 4, 23, 3] },
  resnet152: { block: 'bottleneck', layers: [3, 8, 36, 3] },
  resnext50_32x4d: { block: 'bottleneck', layers: [3, 4, 6, 3], groups: 32, widthPerGroup: 4 },
  resnext101_32x4d: { ...resnext101, widthPerGroup: 4 },
  resnext101_32x8d: { ...resnext101, widthPerGroup: 8 },
  resnext101_32x16d: { ...resnext101, widthPerGroup: 16 },
  resnext101_32x32d: { ...resnext101, widthPerGroup: 32 },
  resnext101_32x48d: { ...resnext101, widthPerGroup: 48 },
};
