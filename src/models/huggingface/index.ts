export { ModelConfigError } from './config-reader.ts';
export { huggingFaceFamily } from './family.ts';
export { fetchNetwork } from './fetch-network.ts';
export {
  fromFolder,
  fromPretrained,
  loadPretrainedWeights,
  type Pretrained,
  type PretrainedOptions,
} from './from-pretrained.ts';
export { type KnownNetwork, knownNetworks } from './known-networks.ts';
export { Mask2FormerForUniversalSegmentation, type QueryLogits } from './mask2former/mask2former.ts';
export { semanticLogits, semanticScores } from './mask2former/semantic.ts';
export { type HuggingFaceConfig, networkFromConfig, readConfig } from './network-from-config.ts';
export { SegformerForSemanticSegmentation } from './segformer/segformer.ts';
export { UperNetForSemanticSegmentation } from './upernet/upernet.ts';
