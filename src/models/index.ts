export { adaptChannels, type ChannelRule } from './adapt-channels.ts';
export { type CatalogEntry, modelCatalog, type PublishedWeights } from './catalog.ts';
export {
  createEncoder,
  Encoder,
  type EncoderSettings,
  encoderNames,
  type FeatureMap,
} from './encoders/index.ts';
export { InputChannelsError, InputSizeError, ModelOptionError, UnknownModelError } from './errors.ts';
export type { ModelFamily, ModelOptions } from './family.ts';
export * from './huggingface/index.ts';
export {
  belongsTo,
  type EncoderStages,
  type ImageEncoder,
  type LayerDepth,
  layerDepth,
} from './image-encoder.ts';
export { toInferenceForm } from './inference-form.ts';
export { MetadataNetwork, takesMetadata } from './metadata/index.ts';
export * from './mmseg/index.ts';
export { type NetworkTraits, SegmentationNetwork } from './network.ts';
export {
  type AuxiliaryLogits,
  type AuxiliarySupervision,
  hasAuxiliarySupervision,
  hasOwnObjective,
  type OwnObjective,
} from './objective.ts';
export { loadPublished, type PublishedOptions, type PublishedReport } from './published-weights.ts';
export { createModel, families, modelNames, nearestNetworks } from './registry.ts';
export { loadEncoderState, loadEncoderWeights } from './smp/encoder-weights.ts';
export { EncoderDecoderNetwork } from './smp/network.ts';
export type { SmpOptions } from './smp/options.ts';
