import { resolve } from 'node:path';
import { FLAIR_13, FLAIR_19 } from '../core/nomenclature-flair.ts';
import { colorClasses } from './class-colors.ts';
import { type RuleContext, requireFile } from './file-rules.ts';
import { resolveHardware } from './flair-resolve.ts';
import { ignRecipe } from './ign-recipe.ts';
import type { LegacyValues } from './legacy-schema.ts';
import type { ConfigSource, RunConfig } from './run-config.ts';
import { ignOutputs, NO_AUGMENTATION, RANDOM_FLIPS } from './run-parts.ts';
import { checkBatchSize, checkStrategy } from './shared-rules.ts';

/** What must hold between the keys of a `legacy-torch` file, and between them and the disk. */
export function checkLegacy(context: RuleContext, values: LegacyValues): void {
  const { reading } = context;
  for (const key of [
    'path_aerial_train',
    'path_labels_train',
    'path_aerial_test',
    'path_labels_test',
  ] as const) {
    requireFile(context, ['data', key], values.data[key], 'this layout trains, predicts and scores', {
      folder: true,
    });
  }
  if (values.use_metadata) {
    requireFile(
      context,
      ['data', 'path_metadata_aerial'],
      values.data.path_metadata_aerial,
      'use_metadata is on',
    );
  }
  checkBatchSize(reading, ['batch_size'], values.batch_size);
  checkStrategy(reading, values.strategy, values.gpus_per_node, values.num_nodes);
  const { length } = values.class_weights;
  if (length !== values.num_classes) {
    reading.error(
      'conflict',
      ['class_weights'],
      `${length} weights for ${values.num_classes} classes (num_classes)`,
    );
  }
}

/** The run that a valid `legacy-torch` file describes: a U-Net over ResNet-34 on all five bands, values to 0–1. */
export function resolveLegacy(values: LegacyValues, source: ConfigSource, baseFolder: string): RunConfig {
  const at = (path: string | null) => resolve(baseFolder, path ?? '');
  const { data, outputs } = values;
  const folder = resolve(baseFolder, outputs.out_folder, outputs.out_model_name);
  const count = values.num_classes;
  const ign = values.compat === 'ign';
  return {
    source,
    name: outputs.out_model_name,
    seed: 2022,
    compat: values.compat,
    tasks: {
      train: true,
      predict: true,
      metrics: true,
      deletePredictions: false,
      start: { kind: 'fresh' },
      predictCheckpoint: null,
    },
    data: {
      train: null,
      validation: null,
      test: null,
      folders: {
        trainImages: at(data.path_aerial_train),
        trainMasks: at(data.path_labels_train),
        testImages: at(data.path_aerial_test),
        testMasks: at(data.path_labels_test),
        validationShare: 0.2,
      },
      root: null,
      relativeTo: baseFolder,
      channels: [1, 2, 3, 4, 5],
      masks: {
        encoding: { kind: 'values', values: legacyValues(count) },
        ignoreValues: [],
        unknown: ign ? 'first-class' : 'ignore',
      },
      skipBad: false,
      workers: values.num_workers,
    },
    normalization: { kind: 'scaling' },
    augmentation: values.use_augmentation ? RANDOM_FLIPS : NO_AUGMENTATION,
    metadata: values.use_metadata
      ? { file: at(data.path_metadata_aerial), encoding: values.metadata_encoding }
      : null,
    classes: colorClasses(
      legacyNames(count).map((name, at) => ({ name, weight: values.class_weights[at] ?? 1 })),
    ),
    model: {
      architecture: {
        kind: 'encoder-decoder',
        decoder: 'unet',
        encoder: 'resnet34',
        encoderWeights: 'imagenet',
      },
      channels: 5,
      classes: count,
    },
    ...ignRecipe(values, { patience: 30, ign }),
    checkpoints: {
      monitor: 'val_loss',
      mode: 'min',
      saveLast: false,
      weightsOnly: true,
      verbose: false,
      naming: 'ign',
    },
    hardware: resolveHardware({ ...values, precision: 'fp32', channels_last: false }),
    outputs: {
      ...ignOutputs(folder, outputs.out_model_name),
      inputs: null,
      georeferenced: false,
      overwrite: ign,
    },
    logging: { progressBar: values.enable_progress_bar, progressRate: values.progress_rate },
    map: {
      tile: 512,
      margin: 128,
      outputType: 'argmax',
      batchSize: 4,
      workers: values.num_workers,
      memory: null,
      writeTiles: false,
    },
  };
}

/** Class `i` is mask value `i + 1`; every value above the last class joins it. */
function legacyValues(count: number): number[][] {
  const values = Array.from({ length: count }, (_, index) => [index + 1]);
  for (let value = count + 1; value <= 255; value++) values[count - 1]!.push(value);
  return values;
}

function legacyNames(count: number): string[] {
  const full = count === FLAIR_19.classes.length ? FLAIR_19 : FLAIR_13;
  return Array.from({ length: count }, (_, index) => {
    const last = index === count - 1 && count < FLAIR_19.classes.length;
    return last ? 'other' : (full.classes[index]?.name ?? `class ${index + 1}`);
  });
}
