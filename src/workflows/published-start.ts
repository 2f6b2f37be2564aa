import type { RunConfig } from '../config/index.ts';
import type { ArpentError } from '../core/index.ts';
import { loadPretrainedWeights } from '../models/huggingface/index.ts';
import {
  EncoderDecoderNetwork,
  loadEncoderWeights,
  MetadataNetwork,
  parseMmsegName,
  type SegmentationNetwork,
} from '../models/index.ts';
import { HubError, type HubOptions } from '../weights/index.ts';
import { PublishedWeightsError } from './errors.ts';

/** The published weights that a fresh network starts from. */
export interface PublishedStart {
  /** `resnet34 (imagenet)`, or the name of a whole network. */
  readonly name: string;
  /** Tensors that were loaded. */
  readonly loaded: number;
  /** Tensors of another shape, which keep their fresh numbers: `classifier.weight [150, 256, 1, 1] → [5, 256, 1, 1]`. */
  readonly reshaped: readonly string[];
  /** Tensors that were not published, which keep their fresh numbers. */
  readonly missing: readonly string[];
  /** First convolutions that were brought to another number of bands: `patch_embed.weight 3 → 5 bands (cycle)`. */
  readonly adapted: readonly string[];
  /** Why training starts from random numbers after all; null when the weights were found. */
  readonly problem: ArpentError | null;
}

const NOTHING = { loaded: 0, reshaped: [], missing: [], adapted: [] } as const;

async function reportLoading(
  name: string,
  mustHave: boolean,
  load: () => ReturnType<typeof loadPretrainedWeights>,
): Promise<PublishedStart> {
  try {
    const { loaded, adapted, reinitialised, missing } = await load();
    return {
      name,
      loaded: loaded.length + adapted.length,
      reshaped: reinitialised.map(({ key, published, here }) => `${key} [${published}] → [${here}]`),
      missing,
      adapted: adapted.map(
        ({ key, published, here, rule }) => `${key} ${published} → ${here} bands (${rule})`,
      ),
      problem: null,
    };
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    if (mustHave) throw notToBeHad(name, error);
    return { name, ...NOTHING, problem: error };
  }
}

function notToBeHad(name: string, { problem, remedy }: ArpentError): PublishedWeightsError {
  return new PublishedWeightsError(
    `training was to start from the published weights of ${name}: ${problem}`,
    {
      key: 'model.encoder_weights',
      remedy: `${remedy}; or name a checkpoint in model.weights; or start from random numbers with encoder_weights: none`,
    },
  );
}

const NO_HUB_WEIGHTS =
  'its authors publish them as .pth files: download one and name it in model.weights (`arpent models list` names the source)';

/**
 * Puts published weights into a fresh network: into the encoder, as its configuration asks, or into a whole network of the
 * Hugging Face hub (its folder on disk, the hub's cache, and only then the hub).
 *
 * Where they cannot be had, a configuration of ours ends the run (it can ask for `none`). IGN's files have no such
 * key, so there training starts from random numbers, and the report says so.
 *
 * @returns null where nothing is asked for
 * @throws PublishedWeightsError, ModelOptionError
 */
export async function startFromPublished(
  network: SegmentationNetwork,
  { model, source }: Pick<RunConfig, 'model' | 'source'>,
  hub: HubOptions = {},
): Promise<PublishedStart | null> {
  const { architecture } = model;
  const mustHave = source.format === 'arpent';
  if (architecture.kind === 'huggingface') {
    const { model: name, start } = architecture;
    if (start === 'random') return null;
    if (parseMmsegName(name) !== null) {
      const problem = new PublishedWeightsError(
        `the hub has no weights of ${name} in a form that loads by name`,
        {
          remedy: NO_HUB_WEIGHTS,
        },
      );
      if (mustHave) throw notToBeHad(name, problem);
      return { name, ...NOTHING, problem };
    }
    return reportLoading(name, mustHave, () => loadPretrainedWeights(network, name, {}, hub));
  }
  const { encoder, encoderWeights: weights } = architecture;
  const bare = network instanceof MetadataNetwork ? network.seg_model : network;
  if (weights === null || !(bare instanceof EncoderDecoderNetwork)) return null;
  return reportLoading(`${encoder} (${weights})`, mustHave, () =>
    loadEncoderWeights(bare, encoder, weights, hub),
  );
}
