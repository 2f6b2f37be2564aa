export { cellCentres, type LevelSize, multiScaleDeformableAttention } from './deformable.ts';
export { mergeHeads, splitHeads } from './heads.ts';
export { sinePositionEncoding } from './sine-position.ts';
export { TensorCache } from './tensor-cache.ts';
export { relativePositionIndex, shiftedWindowMask, windowPartition, windowReverse } from './window.ts';
export { WindowAttentionPlan } from './window-attention.ts';
