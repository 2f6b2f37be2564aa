import type { RunConfig } from '../config/index.ts';
import type { ArpentError } from '../core/index.ts';
import { loadPretrainedWeights } from '../models/huggingface/index.ts';
import {
  EncoderDecoderNetwork,
  loadEncoderWeights,
  MetadataNetwork,
  type SegmentationNetwork,
} from '../models/index.ts';
import { HubError } from '../weights/index.ts';

/** The published weights that a fresh network starts from. */
export interface PublishedStart {
  /** `resnet34 (imagenet)`, or the name of a whole network. */
  readonly name: string;
  /** Tensors that were loaded. */
  readonly loaded: number;
  /** Why training starts from random numbers after all; null when the weights were found. */
  readonly problem: ArpentError | null;
}

async function reportLoading(
  name: string,
  mustHave: boolean,
  load: () => ReturnType<typeof loadPretrainedWeights>,
): Promise<PublishedStart> {
  try {
    const report = await load();
    return { name, loaded: report.loaded.length + report.adapted.length, problem: null };
  } catch (error) {
    if (mustHave || !(error instanceof HubError)) throw error;
    return { name, loaded: 0, problem: error };
  }
}

/**
 * Puts published weights into a fresh network: into the encoder, as its configuration asks, or into a whole network of the
 * Hugging Face hub.
 *
 * Where they cannot be fetched, a configuration of ours that asks for encoder weights ends the run (it can ask for
 * `none`). IGN's files have no such key, so there training starts from random numbers, and the report says so.
 *
 * @returns null where nothing is asked for
 * @throws HubError, ModelOptionError
 */
export async function startFromPublished(
  network: SegmentationNetwork,
  { model, source }: RunConfig,
): Promise<PublishedStart | null> {
  const { architecture } = model;
  if (architecture.kind === 'huggingface') {
    const { model: name } = architecture;
    return reportLoading(name, false, () => loadPretrainedWeights(network, name));
  }
  const { encoder, encoderWeights: weights } = architecture;
  const bare = network instanceof MetadataNetwork ? network.seg_model : network;
  if (weights === null || !(bare instanceof EncoderDecoderNetwork)) return null;
  return reportLoading(`${encoder} (${weights})`, source.format === 'arpent', () =>
    loadEncoderWeights(bare, encoder, weights),
  );
}
