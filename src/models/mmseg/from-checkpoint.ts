import { readCheckpoint, type StateDict, stripDataParallel } from '../../weights/index.ts';
import type { ChannelRule } from '../adapt-channels.ts';
import { ModelOptionError, UnknownModelError } from '../errors.ts';
import { nearestNames } from '../nearest-names.ts';
import type { SegmentationNetwork } from '../network.ts';
import { loadPublished, type PublishedReport } from '../published-weights.ts';
import { fromMmsegNames, isMmsegMask2Former } from './mask2former-names.ts';
import { type MmsegName, mmsegNames, mmsegNetwork, parseMmsegName } from './names.ts';

/** What of a network differs from the one in the checkpoint. */
export interface MmsegCheckpointOptions {
  /** Number of classes; the checkpoint's when left out. */
  readonly classes?: number;
  /** Bands of the input; three when left out. */
  readonly inChannels?: number;
  /** How the first convolution is adapted to another number of bands; `cycle` when left out. */
  readonly channelRule?: ChannelRule;
}

const FIRST_KERNEL: Readonly<Record<MmsegName['kind'], string>> = {
  'upernet-internimage': 'backbone.patch_embed.conv1.weight',
  'upernet-swin': 'backbone.patch_embed.projection.weight',
  'mask2former-swin': 'model.pixel_level_module.encoder.embeddings.patch_embeddings.projection.weight',
};

/**
 * Builds a network of mmsegmentation and loads its `.pth` (names under `backbone.`, `decode_head.`, `auxiliary_head.`; a
 * backbone alone, as it was trained on ImageNet, does too).
 *
 * @param modelName `upernet_internimage_l`, `upernet_swin_large`, `mask2former_swin_large`, or a configuration file's name
 * @throws UnknownModelError when no network goes by the name
 * @throws ModelOptionError when neither the checkpoint nor the options say how many classes there are
 * @throws what `readCheckpoint` throws
 */
export function fromMmsegCheckpoint(
  file: string,
  modelName: string,
  { classes, inChannels = 3, channelRule }: MmsegCheckpointOptions = {},
): { network: SegmentationNetwork; report: PublishedReport } {
  const name = parseMmsegName(modelName);
  if (!name)
    throw new UnknownModelError('network of mmsegmentation', modelName, nearestNames(modelName, mmsegNames));
  const stored = underBackbone(stripDataParallel(readCheckpoint(file).stateDict));
  const found = classes ?? classesOf(stored);
  if (found === undefined) {
    throw new ModelOptionError('the checkpoint has no head that would say how many classes there are', {
      file,
      key: 'classes',
      remedy: 'say how many classes the network is to have',
    });
  }
  const network = mmsegNetwork(name, { classes: found, inChannels, modelName });
  const state = isMmsegMask2Former(stored) ? fromMmsegNames(stored) : stored;
  const rule = channelRule === undefined ? {} : { channelRule };
  const report = loadPublished(network, state, { firstKernel: FIRST_KERNEL[name.kind], ...rule });
  return { network, report };
}

/**
 * The tensors of a checkpoint of mmsegmentation under the names that a network has here, if they are one's; those of any
 * other checkpoint as they are.
 */
export function underNetworkNames(network: SegmentationNetwork, state: StateDict): StateDict {
  if (isMmsegMask2Former(state)) return fromMmsegNames(state);
  return network.encoderPath === 'backbone' ? underBackbone(state) : state;
}

/** A checkpoint of a backbone alone with the prefix that a backbone has in a network. */
function underBackbone(state: StateDict): StateDict {
  const names = [...state.keys()];
  const alone = names.some((name) => /^(patch_embed|levels|stages)\./.test(name));
  if (!alone || names.some((name) => name.startsWith('backbone.'))) return state;
  return new Map(Array.from(state, ([name, value]) => [`backbone.${name}`, value]));
}

function classesOf(state: StateDict): number | undefined {
  const logits = state.get('decode_head.conv_seg.weight')?.shape[0];
  const queries = state.get('decode_head.cls_embed.weight')?.shape[0];
  // Mask2Former has one class more: "nothing".
  return logits ?? (queries === undefined ? undefined : queries - 1);
}
