import { existsSync } from 'node:fs';
import { Conv2d } from '../../nn/index.ts';
import {
  type HubOptions,
  readCheckpoint,
  readModelFolder,
  resolveModel,
  type StateDict,
} from '../../weights/index.ts';
import { ModelOptionError } from '../errors.ts';
import { loadPublished, type PublishedReport } from '../published-weights.ts';
import { defaultTag, weightSources } from './encoder-weight-sources.ts';
import type { EncoderDecoderNetwork } from './network.ts';

// Classification layers of the networks that encoders were cut from.
const CLASSIFIER = /^(fc|_fc|head|classifier|last_linear|conv_head|bn2|norm|norm_pre)\./;

/** timm flattens `stem.0`, `stages.0` and `layers.0` where it cuts a network into features. */
function flattened(key: string): string {
  return key.replace(/^(stem|stages|layers)\.(\d+)\./, '$1_$2.');
}

/** Until 2023 timm ended a Swin stage with the merging of patches; now the next stage begins with it. */
function withMovedMerging(state: StateDict): StateDict {
  if (state.has('head.fc.weight') || !state.has('layers.0.downsample.norm.weight')) return state;
  const moved = (key: string) =>
    key.replace(/^layers\.(\d+)\.downsample/, (_, stage: string) => `layers.${Number(stage) + 1}.downsample`);
  return new Map(Array.from(state, ([key, tensor]) => [moved(key), tensor]));
}

/** The tensors of a classification network under the names of an encoder in a network. */
export function underEncoderNames(state: StateDict, timm: boolean): StateDict {
  if ([...state.keys()].some((key) => key.startsWith('encoder.'))) return state;
  const result: StateDict = new Map();
  for (const [key, tensor] of withMovedMerging(state)) {
    // An encoder of smp may itself be called norm1 and the like; only timm's has a last norm to leave out.
    if (CLASSIFIER.test(key) && (timm || !/^(norm|bn2)/.test(key))) continue;
    result.set(timm ? `encoder.model.${flattened(key)}` : `encoder.${key}`, tensor);
  }
  return result;
}

/**
 * Puts the weights of a classification network (torchvision's, timm's, smp's) into the encoder of a network, adapting the first
 * convolution by smp's rule: bands take the published kernels in turn, scaled by published over present bands; a single band
 * takes their sum.
 *
 * @returns what was loaded; decoder and head are not counted as missing
 */
export function loadEncoderState(network: EncoderDecoderNetwork, state: StateDict): PublishedReport {
  const timm = 'model' in network.encoder;
  const first = [...network.encoder.namedModules()].find(([, module]) => module instanceof Conv2d)!;
  const report = loadPublished(network, underEncoderNames(state, timm), {
    firstKernel: `encoder.${first[0]}.weight`,
  });
  return { ...report, missing: report.missing.filter((key) => key.startsWith('encoder.')) };
}

/**
 * Loads published weights into the encoder of a network.
 *
 * @param encoder smp's name of the encoder (`resnet34`, `tu-convnext_tiny.fb_in22k`)
 * @param weights a file, a folder, or a name of weights there are for this encoder (`imagenet`)
 * @throws {@link ModelOptionError} when there are no such weights
 * @throws what the hub throws when the weights are on no disk and there is no network
 */
export async function loadEncoderWeights(
  network: EncoderDecoderNetwork,
  encoder: string,
  weights: string,
  hub: HubOptions = {},
): Promise<PublishedReport> {
  if (existsSync(weights)) {
    const isFile = /\.(pth|pt|ckpt|bin|safetensors)$/.test(weights);
    return loadEncoderState(network, (isFile ? readCheckpoint(weights) : readModelFolder(weights)).stateDict);
  }
  const sources = weightSources(encoder);
  const tag = weights === 'imagenet' ? defaultTag(encoder, sources) : weights;
  const source = sources.find((candidate) => candidate.tag === tag);
  if (source === undefined)
    throw new ModelOptionError(`there are no weights called '${weights}' for ${encoder}`, {
      key: 'encoderWeights',
      remedy: `choose ${sources.map((candidate) => candidate.tag).join(', ') || 'none'}, or give a file`,
    });
  const { folder } = await resolveModel(source.repository, hub);
  return loadEncoderState(network, readModelFolder(folder).stateDict);
}
