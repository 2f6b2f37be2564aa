import type { RunConfig } from '../config/index.ts';
import { maskDecoder, normalizer, type Patch, readAhead, readPatch } from '../data/index.ts';
import { type GreedySoup, greedySoup, SoupError } from '../ensemble/index.ts';
import { ConfusionMatrix, strictScores } from '../evaluation/index.ts';
import { buildNetwork, loadWeights, type Predictor, padTile, TorchPredictor } from '../inference/index.ts';
import { readCheckpoint, type StateDict } from '../weights/index.ts';
import { prepareCompute } from './compute.ts';
import { readLists, readRunMetadata } from './loaders.ts';
import { classDefinitions } from './score.ts';

/** How a soup is tasted. */
export interface GreedySoupOptions {
  /** Called after each soup that was scored, with its mean IoU in percent. */
  readonly onScore?: (score: number) => void;
  readonly signal?: AbortSignal;
}

/** Mean IoU (percent, strict) of a predictor on patches with masks. */
async function meanIou(
  predictor: Predictor,
  config: RunConfig,
  patches: readonly Patch[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const { data, classes } = config;
  const metadata = await readRunMetadata(config, patches);
  const decodeMask = maskDecoder(data.masks, classes.length);
  const maskColors = data.masks.encoding.kind === 'colors';
  const matrix = new ConfusionMatrix(classes.length);
  const read = (patch: Patch) => readPatch(patch, { channels: data.channels, decodeMask, maskColors });
  for await (const sample of readAhead(patches, read, Math.max(2, data.workers))) {
    signal?.throwIfAborted();
    const { width, height, image: pixels, dataType, patch, mask } = sample;
    if (mask === null) continue;
    const tile = { pixels, dataType, width, height, metadata: metadata?.([patch]), image: patch.image };
    const padded = padTile(tile, data.channels.length, predictor.divisor);
    const [found] = await predictor.predict([padded], 'classes', [{ x: 0, y: 0, width, height }]);
    matrix.accumulate(mask, found!);
  }
  return strictScores(matrix, classDefinitions(classes)).miou || 0;
}

/**
 * A greedy soup of a run's checkpoints: best first, each is taken in that does not lower the mean IoU on the run's
 * validation list.
 * @throws SoupError without validation patches or for checkpoints of different networks; ModelMismatchError, …
 */
export async function greedySoupOfRun(
  config: RunConfig,
  checkpoints: readonly string[],
  { onScore, signal }: GreedySoupOptions = {},
): Promise<GreedySoup> {
  const { validation } = await readLists({
    ...config,
    tasks: { ...config.tasks, train: true, predict: false, metrics: false },
  });
  if (validation.length === 0) {
    throw new SoupError('there are no validation patches to score soups on', {
      ...{ file: config.source.file ?? undefined, key: 'data.validation' },
      remedy: 'name a validation list in the configuration',
    });
  }
  const compute = prepareCompute(config.hardware);
  const scoreOf = async (weights: StateDict) => {
    // A predictor folds and converts its network, so each soup gets a network of its own.
    const network = buildNetwork(config.model, config.metadata !== null);
    loadWeights(network, weights, 'soup');
    const predictor = new TorchPredictor(network, {
      normalizer: normalizer(config.normalization, config.data.channels.length),
      ...{ device: compute.device, precision: compute.precision },
    });
    try {
      const score = await meanIou(predictor, config, validation, signal);
      onScore?.(score);
      return score;
    } finally {
      predictor.dispose();
    }
  };
  return greedySoup(
    checkpoints.map((file) => readCheckpoint(file).stateDict),
    scoreOf,
  );
}
