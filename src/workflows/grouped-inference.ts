import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { HardwareConfig } from '../config/index.ts';
import { type Patch, readAhead, readPatch, type Sample } from '../data/index.ts';
import { applyRule, asClasses, asProbabilities, type Layer, type Rule } from '../ensemble/index.ts';
import {
  AugmentedPredictor,
  loadPredictor,
  type OnnxProvider,
  type Predictor,
  padTile,
  predictionNames,
  ScaledPredictor,
} from '../inference/index.ts';
import { allocateCells, createGeoTiff, openRaster, pixelBlock } from '../raster/index.ts';
import { predictorCompute } from './compute.ts';
import type { GroupedModel, ModelGroup } from './grouped-models.ts';
import { rasterClasses } from './predict.ts';

/** How images are predicted by a group of networks. */
export interface GroupedInferenceOptions {
  readonly folder: string;
  readonly device: HardwareConfig['device'];
  readonly precision: HardwareConfig['precision'];
  readonly threads: number | null;
  /** What ONNX Runtime computes with, for `.onnx` files. */
  readonly provider?: OnnxProvider | undefined;
  /** Names of the predictions, one a patch; default those of {@link predictionNames}. */
  readonly names?: readonly string[];
  /** Also writes what each network says, as `<folder>/<model>/PRED_….tif`. */
  readonly members?: boolean;
  readonly workers?: number;
  readonly overwrite?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Where and how networks compute. */
export type PredictorSettings = Pick<
  GroupedInferenceOptions,
  'device' | 'precision' | 'threads' | 'provider'
>;

/** Loads a network of a group with its sizes and its test-time augmentation. */
export function predictorOf(model: GroupedModel, options: PredictorSettings): Predictor {
  const hardware: HardwareConfig = {
    device: (model.device ?? options.device) as HardwareConfig['device'],
    precision: model.precision ?? options.precision,
    ...{ threads: options.threads, channelsLast: true, devices: 1, nodes: 1, strategy: 'auto' },
  };
  const compute = predictorCompute(model.checkpoint, hardware, model.provider ?? options.provider);
  let predictor: Predictor = loadPredictor(model.description, model.checkpoint, compute);
  if (model.scales !== null || model.size !== null) {
    const sizes = { scales: model.scales ?? [1], ...(model.size === null ? {} : { size: model.size }) };
    predictor = new ScaledPredictor(predictor, sizes);
  }
  return model.views.length > 0 ? new AugmentedPredictor(predictor, model.views) : predictor;
}

/** Whether a rule wants logits of its inputs. */
export function wantsLogits(rule: Rule): boolean {
  return JSON.stringify(rule).includes('"kind":"mean_logits"');
}

/** The channels of one network out of those that were read for all. */
function pick({ image, dataType, width, height }: Sample, places: readonly number[]) {
  const plane = width * height;
  const pixels = allocateCells(dataType, places.length * plane);
  for (const [to, from] of places.entries()) {
    pixels.set(image.subarray(from * plane, (from + 1) * plane), to * plane);
  }
  return { pixels, dataType, width, height };
}

async function write(
  path: string,
  layer: Layer,
  { patch, width, height }: Sample,
  { output, classes }: ModelGroup,
  overwrite: boolean,
): Promise<void> {
  await using image = await openRaster(patch.image);
  const grid = { width, height, crs: image.crs, geoTransform: image.geoTransform, overwrite };
  const probable = output === 'probabilities' ? asProbabilities(layer, classes.length) : null;
  const bands = probable === null ? 1 : classes.length;
  const data =
    probable === null
      ? asClasses(layer, classes.length)
      : Uint8Array.from(probable.data, (value) => Math.round((255 * value) / probable.one));
  const writer = await createGeoTiff(path, {
    ...{ ...grid, bands, dataType: 'uint8' },
    ...(probable === null
      ? { classes: rasterClasses(classes) }
      : { interleave: 'band' as const, rgb: false, bandNames: classes.map(({ name }) => name) }),
  });
  try {
    await writer.write(pixelBlock(data, bands, height, width), 0, 0);
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/**
 * Predicts images with several networks at once: each image is read once, every network takes its channels with its own
 * normalisation, size and test-time augmentation, and the rule makes one answer of theirs.
 * @returns the paths of the predictions, in the order of the patches.
 * @throws errors of checkpoints, images and outputs.
 */
export async function predictGroup(
  group: ModelGroup,
  patches: readonly Patch[],
  options: GroupedInferenceOptions,
): Promise<string[]> {
  const { models, rule, classes } = group;
  const { folder, workers = 4, members = false, overwrite = false } = options;
  const channels = [...new Set(models.flatMap(({ description }) => description.channels))].sort(
    (a, b) => a - b,
  );
  const predictors = new Map<GroupedModel, Predictor>();
  const written: string[] = [];
  try {
    for (const model of models) predictors.set(model, predictorOf(model, options));
    for (const name of members ? ['', ...models.map((model) => model.name)] : ['']) {
      await mkdir(join(folder, name), { recursive: true });
    }
    const kind = wantsLogits(rule) ? 'logits' : 'probabilities';
    const names = options.names ?? predictionNames(patches);
    const read = (patch: Patch) => readPatch(patch, { channels, decodeMask: null });
    for await (const sample of readAhead(patches, read, Math.max(2, workers))) {
      options.signal?.throwIfAborted();
      const { width, height } = sample;
      const layers = new Map<string, Layer>();
      for (const [model, predictor] of predictors) {
        const places = model.description.channels.map((band) => channels.indexOf(band));
        const tile = { ...pick(sample, places), image: sample.patch.image };
        const padded = padTile(tile, places.length, predictor.divisor);
        const [data] = await predictor.predict([padded], kind, [{ x: 0, y: 0, width, height }]);
        layers.set(model.name, { kind, data: data!, one: 1 });
      }
      const name = names[written.length]!;
      const result = applyRule(rule, layers, classes.length);
      await write(join(folder, name), result, sample, group, overwrite);
      if (members) {
        for (const [model, layer] of layers)
          await write(join(folder, model, name), layer, sample, group, overwrite);
      }
      written.push(join(folder, name));
      options.onProgress?.(written.length, patches.length);
    }
    return written;
  } finally {
    for (const predictor of predictors.values()) predictor.dispose();
  }
}
