export { BinaryCrossEntropyLoss, type BinaryCrossEntropyOptions } from './binaryCrossEntropy.ts';
export { CrossEntropyLoss, type CrossEntropyOptions } from './crossEntropy.ts';
export { FocalLoss, type FocalOptions } from './focal.ts';
export { DEFAULT_IGNORE_INDEX, Loss } from './loss.ts';
export { LovaszLoss, type LovaszOptions } from './lovasz.ts';
export { DiceLoss, JaccardLoss, type OverlapOptions } from './overlap.ts';
export { type LossTerm, SumLoss } from './sum.ts';
