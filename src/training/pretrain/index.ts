export { readImageList } from './image-list.ts';
export { MaskedImageModel } from './masked-image-model.ts';
export { drawHidden, drawMasks, type MaskingOptions } from './masking.ts';
export {
  type PretrainEvent,
  type PretrainOptions,
  type PretrainResult,
  pretrainEncoder,
} from './pretrain.ts';
export { type PretrainStepParts, pretrainStep, reconstruct } from './pretrain-step.ts';
export { reconstructionPicture } from './reconstruction-picture.ts';
export {
  type PretrainRunEvent,
  type PretrainRunResult,
  type PretrainSettings,
  runPretraining,
} from './run-pretraining.ts';
