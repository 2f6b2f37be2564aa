import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StateDict } from '../../weights/index.ts';
import type { SegmentationNetwork } from '../network.ts';
import { adaptChannels, type ChannelRule } from './adapt-channels.ts';
import { type HuggingFaceConfig, networkFromConfig, readConfig } from './network-from-config.ts';
import { PretrainedFilesError, readConfigFile, readFolderWeights } from './pretrained-files.ts';

/** What of a network differs from the published one, and where its weights come from. */
export interface PretrainedOptions {
  /** Number of classes; the published number when left out. */
  readonly classes?: number;
  /** Bands of the input; the published number when left out. */
  readonly inChannels?: number;
  /** How the first convolution is adapted to another number of bands; `cycle` when left out. */
  readonly channelRule?: ChannelRule;
  /** `none` draws weights at random; the folder then needs no weight file. */
  readonly weights?: 'published' | 'none';
}

/** What became of each tensor of a published checkpoint. */
export interface PretrainedReport {
  /** Tensors taken as they are. */
  readonly loaded: readonly string[];
  /** Tensors of another shape than published (another number of classes), which start at random. */
  readonly reinitialised: readonly { key: string; published: readonly number[]; here: readonly number[] }[];
  /** Kernels brought to another number of bands. */
  readonly adapted: readonly { key: string; published: number; here: number; rule: ChannelRule }[];
  /** Tensors the checkpoint lacks (a decoder that was not published), which start at random. */
  readonly missing: readonly string[];
  /** Tensors of the checkpoint that this network has no place for. */
  readonly unexpected: readonly string[];
}

/** A network and what became of its published weights. */
export interface Pretrained {
  readonly network: SegmentationNetwork;
  readonly report: PretrainedReport;
}

/**
 * Builds a network from a folder laid out like a hub repository (`config.json` beside the weights).
 *
 * @param modelName what the network calls itself; the folder when left out
 * @throws PretrainedFilesError when configuration or weights are missing
 * @throws ModelConfigError when the configuration is of another kind of network
 */
export function fromFolder(folder: string, options: PretrainedOptions = {}, modelName = folder): Pretrained {
  const file = join(folder, 'config.json');
  if (!existsSync(file)) {
    throw new PretrainedFilesError('the folder holds no config.json', {
      file: folder,
      remedy: 'give the folder of a model repository, or a name that the hub knows',
    });
  }
  const { classes, inChannels, channelRule = 'cycle', weights = 'published' } = options;
  const changes = {
    ...(classes === undefined ? {} : { classes }),
    ...(inChannels === undefined ? {} : { inChannels }),
  };
  const config = readConfig(readConfigFile(file), changes, file);
  const network = networkFromConfig(config, modelName);
  const published: StateDict = weights === 'none' ? new Map() : readFolderWeights(folder);
  return { network, report: loadPublished(network, config, published, channelRule) };
}

/** Loads published weights into a network of the same kind, adapting what its bands and classes ask for. */
export function loadPublished(
  network: SegmentationNetwork,
  config: HuggingFaceConfig,
  published: StateDict,
  channelRule: ChannelRule = 'cycle',
): PretrainedReport {
  const state: StateDict = new Map(published);
  const adapted: { key: string; published: number; here: number; rule: ChannelRule }[] = [];
  const key = firstKernel(config);
  const kernel = state.get(key);
  const found = kernel?.shape[1];
  if (kernel && found !== undefined && found !== network.inChannels) {
    state.set(key, adaptChannels(kernel, network.inChannels, channelRule));
    adapted.push({ key, published: found, here: network.inChannels, rule: channelRule });
  }
  const { missing, unexpected, mismatched } = network.loadStateDict(state, { strict: false });
  const fresh = new Set([...missing, ...unexpected, ...mismatched.map((mismatch) => mismatch.key)]);
  return {
    loaded: [...state.keys()].filter((name) => !fresh.has(name) && name !== adapted[0]?.key),
    reinitialised: mismatched.map((mismatch) => {
      return { key: mismatch.key, published: mismatch.found, here: mismatch.expected };
    }),
    adapted,
    missing: missing.filter((name) => !UNIMPORTANT.test(name)),
    unexpected: unexpected.filter((name) => !UNIMPORTANT.test(name)),
  };
}

/** Tensors that older checkpoints lack or carry along without any effect on results. */
const UNIMPORTANT =
  /(relative_position_index|num_batches_tracked|\bswin\.layernorm\.(weight|bias)|empty_weight)$/;

/** Name of the convolution that sees the image's bands. */
function firstKernel(config: HuggingFaceConfig): string {
  if (config.modelType === 'segformer') return 'segformer.encoder.patch_embeddings.0.proj.weight';
  if (config.modelType === 'mask2former') {
    return 'model.pixel_level_module.encoder.embeddings.patch_embeddings.projection.weight';
  }
  return config.backbone.modelType === 'swin'
    ? 'backbone.embeddings.patch_embeddings.projection.weight'
    : 'backbone.embeddings.patch_embeddings.weight';
}
