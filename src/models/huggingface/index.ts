export { adaptChannels, type ChannelRule } from './adapt-channels.ts';
export { ModelConfigError } from './config-reader.ts';
export { huggingFaceFamily } from './family.ts';
export {
  fromFolder,
  loadPublished,
  type Pretrained,
  type PretrainedOptions,
  type PretrainedReport,
} from './from-pretrained.ts';
export { type KnownNetwork, knownNetworks } from './known-networks.ts';
export { Mask2FormerForUniversalSegmentation, type QueryLogits } from './mask2former/mask2former.ts';
export { semanticLogits, semanticScores } from './mask2former/semantic.ts';
export { type HuggingFaceConfig, networkFromConfig, readConfig } from './network-from-config.ts';
export { PretrainedFilesError } from './pretrained-files.ts';
export { SegformerForSemanticSegmentation } from './segformer/segformer.ts';
export { UperNetForSemanticSegmentation } from './upernet/upernet.ts';
