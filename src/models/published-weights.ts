import type { StateDict } from '../weights/index.ts';
import { adaptChannels, type ChannelRule } from './adapt-channels.ts';
import type { SegmentationNetwork } from './network.ts';

/** What became of each tensor of a published checkpoint. */
export interface PublishedReport {
  /** Tensors taken as they are. */
  readonly loaded: readonly string[];
  /** Tensors of another shape than published (another number of classes), which start at random. */
  readonly reinitialised: readonly { key: string; published: readonly number[]; here: readonly number[] }[];
  /** Kernels brought to another number of bands. */
  readonly adapted: readonly { key: string; published: number; here: number; rule: ChannelRule }[];
  /** Tensors the checkpoint lacks (a decoder that was not published), which start at random. */
  readonly missing: readonly string[];
  /** Tensors of the checkpoint that the network has no place for. */
  readonly unexpected: readonly string[];
}

/** How a checkpoint is fitted to a network. */
export interface PublishedOptions {
  /** Name of the convolution that sees the image's bands. */
  readonly firstKernel: string;
  /** How it is adapted to another number of bands; `cycle` when left out. */
  readonly channelRule?: ChannelRule;
}

/** Tensors that some checkpoints lack or carry along without any effect on results. */
const UNIMPORTANT =
  /(relative_position_index|num_batches_tracked|\bswin\.layernorm\.(weight|bias)|empty_weight)$/;

/**
 * Loads published weights into a network with the same names, adapting what its bands ask for and leaving fresh what its
 * classes ask for.
 */
export function loadPublished(
  network: SegmentationNetwork,
  published: StateDict,
  { firstKernel, channelRule = 'cycle' }: PublishedOptions,
): PublishedReport {
  const state: StateDict = new Map(published);
  const adapted: { key: string; published: number; here: number; rule: ChannelRule }[] = [];
  const kernel = state.get(firstKernel);
  const found = kernel?.shape[1];
  if (kernel && found !== undefined && found !== network.inChannels) {
    state.set(firstKernel, adaptChannels(kernel, network.inChannels, channelRule));
    adapted.push({ key: firstKernel, published: found, here: network.inChannels, rule: channelRule });
  }
  const { missing, unexpected, mismatched } = network.loadStateDict(state, { strict: false });
  const left = new Set([
    ...unexpected,
    ...mismatched.map(({ key }) => key),
    ...adapted.map(({ key }) => key),
  ]);
  return {
    loaded: [...state.keys()].filter((key) => !left.has(key)),
    reinitialised: mismatched.map(({ key, found: shape, expected }) => {
      return { key, published: shape, here: expected };
    }),
    adapted,
    missing: missing.filter((key) => !UNIMPORTANT.test(key)),
    unexpected: unexpected.filter((key) => !UNIMPORTANT.test(key)),
  };
}
