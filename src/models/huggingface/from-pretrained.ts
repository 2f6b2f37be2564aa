import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type HubOptions, readModelFolder, resolveModel, type StateDict } from '../../weights/index.ts';
import type { ChannelRule } from '../adapt-channels.ts';
import { ModelOptionError } from '../errors.ts';
import type { SegmentationNetwork } from '../network.ts';
import { loadPublished, type PublishedReport } from '../published-weights.ts';
import { readConfigFile } from './config-file.ts';
import type { JsonObject } from './config-reader.ts';
import { knownNetworks } from './known-networks.ts';
import {
  type HuggingFaceConfig,
  isHuggingFaceNetwork,
  networkFromConfig,
  readConfig,
} from './network-from-config.ts';

/** What of a network differs from the published one. */
export interface PretrainedOptions {
  /** Number of classes; the published number when left out. */
  readonly classes?: number;
  /** Bands of the input; the published number when left out. */
  readonly inChannels?: number;
  /** How the first convolution is adapted to another number of bands; `cycle` when left out. */
  readonly channelRule?: ChannelRule;
  /** `none` draws weights at random; then neither weight file nor hub is needed. */
  readonly weights?: 'published' | 'none';
}

/** A network and what became of its published weights. */
export interface Pretrained {
  readonly network: SegmentationNetwork;
  readonly report: PublishedReport;
}

/**
 * Builds a network by its hub name, from a folder, the hub's cache or the hub itself, whichever comes first.
 *
 * @example
 * const { network, report } = await fromPretrained('nvidia/segformer-b0-finetuned-ade-512-512', { classes: 13 });
 *
 * @throws what `resolveModel` throws when the name is found nowhere or there is no network
 * @throws ModelConfigError when the configuration is of another kind of network
 */
export async function fromPretrained(
  name: string,
  options: PretrainedOptions = {},
  hub: HubOptions = {},
): Promise<Pretrained> {
  const known = knownNetworks.get(name);
  if (options.weights === 'none' && known && !existsSync(join(name, 'config.json'))) {
    return build(known.config, options, name, () => new Map());
  }
  const { folder } = await resolveModel(name, hub);
  return fromFolder(folder, options, name);
}

/**
 * Loads published weights into a network that was built by name (`createModel`).
 *
 * @param name a folder, or a hub name
 * @throws ModelOptionError when the network is of another family
 * @throws as {@link fromPretrained}
 */
export async function loadPretrainedWeights(
  network: SegmentationNetwork,
  name: string,
  { channelRule }: Pick<PretrainedOptions, 'channelRule'> = {},
  hub: HubOptions = {},
): Promise<PublishedReport> {
  if (!isHuggingFaceNetwork(network)) {
    throw new ModelOptionError(`${network.modelName} is no network of the Hugging Face hub`, {
      remedy: 'build it by its hub name (nvidia/mit-b0), or load an encoder or a checkpoint instead',
    });
  }
  const { folder } = await resolveModel(name, hub);
  const fitting = {
    firstKernel: firstKernel(network.config),
    ...(channelRule === undefined ? {} : { channelRule }),
  };
  return loadPublished(network, readModelFolder(folder).stateDict, fitting);
}

/**
 * Builds a network from a folder laid out like a hub repository: `config.json` beside the weights, whole or in shards.
 *
 * @param modelName what the network calls itself; the folder when left out
 * @throws ModelConfigError when the configuration is missing, or of another kind of network
 * @throws ModelFolderError when the weights are missing
 */
export function fromFolder(folder: string, options: PretrainedOptions = {}, modelName = folder): Pretrained {
  const file = join(folder, 'config.json');
  const published = () => (options.weights === 'none' ? new Map() : readModelFolder(folder).stateDict);
  return build(readConfigFile(file), options, modelName, published, file);
}

function build(
  content: JsonObject,
  { classes, inChannels, channelRule }: PretrainedOptions,
  modelName: string,
  published: () => StateDict,
  file?: string,
): Pretrained {
  const changes = {
    ...(classes === undefined ? {} : { classes }),
    ...(inChannels === undefined ? {} : { inChannels }),
  };
  const config = readConfig(content, changes, file);
  const weights = published();
  const network = networkFromConfig(config, modelName);
  const rule = channelRule === undefined ? {} : { channelRule };
  return { network, report: loadPublished(network, weights, { firstKernel: firstKernel(config), ...rule }) };
}

/** Name of the convolution that sees the image's bands. */
export function firstKernel(config: HuggingFaceConfig): string {
  if (config.modelType === 'segformer') return 'segformer.encoder.patch_embeddings.0.proj.weight';
  if (config.modelType === 'mask2former') {
    return 'model.pixel_level_module.encoder.embeddings.patch_embeddings.projection.weight';
  }
  return config.backbone.modelType === 'swin'
    ? 'backbone.embeddings.patch_embeddings.projection.weight'
    : 'backbone.embeddings.patch_embeddings.weight';
}
