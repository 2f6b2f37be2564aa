import {
  EnsemblePredictor,
  isOnnxFile,
  loadPredictor,
  type NetworkDescription,
  type Predictor,
  readOnnxCard,
} from '../../../inference/index.ts';
import { describeModelFile, predictorCompute } from '../../../workflows/index.ts';
import { UnsupportedFileError } from '../../errors.ts';
import type { ModelDescription, ModelSource } from '../messages.ts';

/** Networks kept in memory. */
const KEPT = 3;

/** A network ready to predict, and what it says of itself. */
export interface LoadedModel {
  readonly predictor: Predictor;
  readonly description: NetworkDescription;
  /** The only side of images that it takes; null where it takes any. */
  readonly side: number | null;
}

const loaded = new Map<string, LoadedModel>();

/** What a file of weights says of its network, or what was said with its name; null where nobody said. */
export async function describeModel({ model }: { model: ModelSource }): Promise<ModelDescription | null> {
  const description = describeModelFile(model.path) ?? model.description;
  if (description === null) return null;
  return { description, side: isOnnxFile(model.path) ? (readOnnxCard(model.path).side ?? null) : null };
}

async function load(model: ModelSource): Promise<LoadedModel> {
  const described = await describeModel({ model });
  if (described === null) {
    throw new UnsupportedFileError('this checkpoint does not describe its network', {
      remedy: 'use a checkpoint that arpent trained, or name its configuration with --config',
    });
  }
  const { description, side } = described;
  const compute = predictorCompute(model.path, {
    ...{ device: 'auto', devices: 1, nodes: 1, strategy: 'auto' },
    ...{ threads: null, precision: 'fp32', channelsLast: true },
  });
  return { predictor: loadPredictor(description, model.path, compute), description, side };
}

/** A network, loaded when it is first asked for. @throws UnsupportedFileError, ModelMismatchError */
async function oneModel(model: ModelSource): Promise<LoadedModel> {
  const key = modelKey([model]);
  const found = loaded.get(key) ?? (await load(model));
  loaded.delete(key);
  loaded.set(key, found);
  if (loaded.size > KEPT) {
    const [oldest, unused] = loaded.entries().next().value!;
    loaded.delete(oldest);
    unused.predictor.dispose();
  }
  return found;
}

/** Tells one choice of models from another, and from the same files with other contents. */
export function modelKey(models: readonly ModelSource[]): string {
  return models.map(({ path, version }) => `${path}@${version}`).join('|');
}

/**
 * One network, or several as the mean of their probabilities; channels are those that any of them sees.
 * @throws ModelMismatchError where they have different classes
 */
export async function chosenModel(models: readonly ModelSource[]): Promise<LoadedModel> {
  const all: LoadedModel[] = [];
  for (const model of models) all.push(await oneModel(model));
  const [first] = all;
  if (all.length === 1) return first!;
  const channels = [...new Set(all.flatMap(({ description }) => description.channels))].sort((a, b) => a - b);
  const predictor = new EnsemblePredictor(
    all.map(({ predictor: each, description }) => ({
      predictor: each,
      channels: description.channels.map((band) => channels.indexOf(band)),
    })),
  );
  const side = all.find((each) => each.side !== null)?.side ?? null;
  return { predictor, description: { ...first!.description, channels }, side };
}

/** Loads networks and has them predict something small, so that the first tile somebody waits for comes soon. */
export async function loadModels({
  models,
}: {
  models: readonly ModelSource[];
}): Promise<{ engine: string }> {
  const { predictor, side: fixed } = await chosenModel(models);
  const side = fixed ?? Math.ceil(64 / predictor.divisor) * predictor.divisor;
  const pixels = new Uint8Array(predictor.channels * side * side);
  await predictor.predict([{ pixels, dataType: 'uint8', width: side, height: side }], 'classes');
  return { engine: predictor.engine };
}
