export { GELU, Hardswish, LeakyReLU, ReLU, ReLU6, Sigmoid, SiLU, Softmax } from './activation.ts';
export { MultiheadAttention, type MultiheadAttentionOptions } from './attention.ts';
export { BatchNorm2d, type BatchNormOptions } from './batchNorm.ts';
export { Conv2d, type Conv2dOptions, ConvTranspose2d, type ConvTranspose2dOptions } from './conv.ts';
export { emptyParameter, onesParameter, pair, type Size2, zerosParameter } from './create.ts';
export { Dropout, Dropout2d, DropPath } from './dropout.ts';
export { FusedConv2d } from './fused-conv.ts';
export { Embedding, Linear } from './linear.ts';
export { GroupNorm, LayerNorm, LayerNorm2d, type NormOptions } from './norm.ts';
export {
  AdaptiveAvgPool2d,
  AvgPool2d,
  type AvgPool2dOptions,
  MaxPool2d,
  type MaxPool2dOptions,
} from './pooling.ts';
export { Flatten, Identity, PixelShuffle, Upsample, type UpsampleOptions } from './shape.ts';
