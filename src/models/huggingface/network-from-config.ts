import type { SegmentationNetwork } from '../network.ts';
import { ConfigReader, type JsonObject } from './config-reader.ts';
import { type Mask2FormerConfig, readMask2FormerConfig } from './mask2former/config.ts';
import { Mask2FormerForUniversalSegmentation } from './mask2former/mask2former.ts';
import { readSegformerConfig, type SegformerConfig } from './segformer/config.ts';
import { SegformerForSemanticSegmentation } from './segformer/segformer.ts';
import { readUperNetConfig, type UperNetConfig } from './upernet/config.ts';
import { UperNetForSemanticSegmentation } from './upernet/upernet.ts';

/** The configuration of any network of this family. */
export type HuggingFaceConfig = SegformerConfig | UperNetConfig | Mask2FormerConfig;

/** What a person may ask for that differs from a published configuration. */
export interface ConfigChanges {
  readonly classes?: number;
  readonly inChannels?: number;
}

/**
 * Reads a `config.json`.
 *
 * @param file its path, for messages
 * @throws ModelConfigError for another kind of network, or a value that cannot be right
 */
export function readConfig(
  content: JsonObject,
  changes: ConfigChanges = {},
  file?: string,
): HuggingFaceConfig {
  const reader = new ConfigReader(content, file);
  const config = read(reader);
  const { classes = config.classes, inChannels } = changes;
  if (inChannels === undefined) return { ...config, classes };
  if (config.modelType === 'segformer') return { ...config, classes, channels: inChannels };
  if (config.modelType === 'upernet') {
    return { ...config, classes, backbone: { ...config.backbone, channels: inChannels } };
  }
  return { ...config, classes, backbone: { ...config.backbone, channels: inChannels } };
}

function read(reader: ConfigReader): HuggingFaceConfig {
  switch (reader.string('model_type')) {
    case 'segformer':
      return readSegformerConfig(reader);
    case 'upernet':
      return readUperNetConfig(reader);
    case 'mask2former':
      return readMask2FormerConfig(reader);
    default:
      throw reader.error('model_type', 'segformer, upernet or mask2former, the kinds that are known here');
  }
}

/** Networks of this family carry the configuration they were built from. */
export function isHuggingFaceNetwork(
  network: SegmentationNetwork,
): network is SegmentationNetwork & { readonly config: HuggingFaceConfig } {
  return (
    network instanceof SegformerForSemanticSegmentation ||
    network instanceof UperNetForSemanticSegmentation ||
    network instanceof Mask2FormerForUniversalSegmentation
  );
}

/** Builds a network with freshly drawn weights. */
export function networkFromConfig(config: HuggingFaceConfig, modelName?: string): SegmentationNetwork {
  switch (config.modelType) {
    case 'segformer':
      return new SegformerForSemanticSegmentation(config, modelName);
    case 'upernet':
      return new UperNetForSemanticSegmentation(config, modelName);
    case 'mask2former':
      return new Mask2FormerForUniversalSegmentation(config, modelName);
  }
}
