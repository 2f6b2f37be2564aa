import { resolve } from 'node:path';
import { resolveArpentClasses, resolveMasks } from './arpent-classes.ts';
import { resolveLoss, resolveOptimizer, resolveScheduler } from './arpent-resolve-learning.ts';
import type { ArpentValues } from './arpent-schema.ts';
import type { AugmentationConfig } from './augmentation-config.ts';
import { MEGABYTE } from './detect-resolve.ts';
import { namesWholeNetwork, splitEncoderDecoder } from './encoder-decoder.ts';
import type { ModelConfig, NormalizationConfig } from './model-config.ts';
import type { ConfigSource, HardwareConfig, RunConfig, TaskConfig } from './run-config.ts';
import { NO_AUGMENTATION, plainOutputs } from './run-parts.ts';

/** The run that a valid `arpent.yaml` describes. */
export function resolveArpent(values: ArpentValues, source: ConfigSource, baseFolder: string): RunConfig {
  const at = (path: string) => resolve(baseFolder, path);
  const maybe = (path: string | null) => (path === null ? null : at(path));
  const { data, training, checkpoints, logging, map } = values;
  const folder = resolve(baseFolder, values.output, values.name);
  const classes = resolveArpentClasses(values);
  const ign = values.compat === 'ign';
  return {
    source,
    name: values.name,
    seed: values.seed,
    compat: values.compat,
    tasks: resolveTasks(values, at),
    data: {
      train: maybe(data.train),
      validation: maybe(data.validation),
      test: maybe(data.test),
      folders: null,
      root: maybe(data.root),
      relativeTo: null,
      channels: data.channels,
      masks: resolveMasks(values),
      skipBad: data.skip_bad,
      workers: data.workers,
    },
    normalization: resolveNormalization(values.normalization, at),
    augmentation: resolveAugmentation(values.augmentation),
    metadata: values.metadata === null ? null : { ...values.metadata, file: at(values.metadata.file) },
    classes,
    model: resolveModel(values, classes.length, at),
    loss: resolveLoss(values),
    optimizer: resolveOptimizer(values.optimizer),
    scheduler: resolveScheduler(values),
    training: {
      epochs: training.epochs,
      batchSize: training.batch_size,
      repeat: training.repeat,
      dropLast: { train: true, validation: ign },
      gradientClip: training.gradient_clip,
      gradientCheckpointing: training.gradient_checkpointing,
      freezeEncoder: training.freeze_encoder,
      layerDecay: training.layer_decay,
      weightAverage: resolveAverage(training.weight_average),
      earlyStopping:
        training.early_stopping === null
          ? null
          : { patience: training.early_stopping.patience, minDelta: training.early_stopping.min_delta },
    },
    checkpoints: {
      monitor: checkpoints.monitor,
      mode: checkpoints.mode,
      saveLast: checkpoints.last,
      weightsOnly: checkpoints.weights_only,
      verbose: checkpoints.verbose,
      naming: 'plain',
    },
    hardware: resolveHardware(values),
    outputs: {
      ...plainOutputs(folder),
      inputs: logging.copy_inputs ? resolve(folder, 'inputs') : null,
      georeferenced: values.predictions.georeferenced,
      overwrite: values.overwrite,
    },
    logging: { progressBar: logging.progress_bar, progressRate: logging.progress_rate },
    map: {
      tile: map.tile,
      margin: map.margin,
      outputType: map.output_type,
      batchSize: map.batch_size,
      workers: map.workers,
      memory: bytes(map.memory),
      writeTiles: map.write_tiles,
    },
  };
}

function resolveTasks({ tasks, model, training }: ArpentValues, at: (path: string) => string): TaskConfig {
  const start =
    training.resume !== null
      ? ({ kind: 'resume', checkpoint: at(training.resume) } as const)
      : model.weights !== null
        ? ({ kind: 'weights', checkpoint: at(model.weights) } as const)
        : ({ kind: 'fresh' } as const);
  return {
    train: tasks.train,
    predict: tasks.predict,
    metrics: tasks.metrics && tasks.predict,
    deletePredictions: tasks.delete_predictions,
    start,
    predictCheckpoint: tasks.train || model.weights === null ? null : at(model.weights),
  };
}

function resolveAverage(
  values: ArpentValues['training']['weight_average'],
): RunConfig['training']['weightAverage'] {
  return values === null ? null : { decay: values.decay, warmUp: values.warm_up };
}

function resolveNormalization(
  { type, file, means, stds }: ArpentValues['normalization'],
  at: (path: string) => string,
): NormalizationConfig {
  if (type === 'sentinel') return { kind: type, file: at(file ?? ''), means: means ?? [], stds: stds ?? [] };
  return type === 'custom' ? { kind: type, means: means ?? [], stds: stds ?? [] } : { kind: type };
}

function resolveAugmentation(values: ArpentValues['augmentation']): AugmentationConfig {
  if (values === false) return NO_AUGMENTATION;
  const { vertical_flip, horizontal_flip, ...same } = values;
  return { verticalFlip: vertical_flip, horizontalFlip: horizontal_flip, ...same };
}

function resolveModel(values: ArpentValues, classes: number, at: (path: string) => string): ModelConfig {
  const { model, data, tasks, training } = values;
  const fresh = tasks.train && model.weights === null && training.resume === null;
  const given = model.encoder_weights === 'none' ? null : model.encoder_weights;
  const encoderWeights = given === null || given === 'imagenet' ? given : at(given);
  const size = { channels: data.channels.length, classes };
  if (namesWholeNetwork(model.name)) {
    const start = fresh && encoderWeights === null ? ({ start: 'random' } as const) : {};
    return { architecture: { kind: 'huggingface', model: model.name, ...start }, ...size };
  }
  const pair = splitEncoderDecoder(model.name);
  const parts = 'problem' in pair ? { decoder: model.name, encoder: model.encoder } : pair;
  const start = fresh ? encoderWeights : null;
  return { architecture: { kind: 'encoder-decoder', ...parts, encoderWeights: start }, ...size };
}

function resolveHardware({ hardware }: ArpentValues): HardwareConfig {
  return {
    device: hardware.device as HardwareConfig['device'],
    devices: hardware.devices,
    nodes: hardware.nodes,
    strategy: 'auto',
    threads: hardware.threads,
    precision: hardware.precision,
    channelsLast: hardware.channels_last,
  };
}

/** Bytes of a number of megabytes, or of a text like `4 GB`. */
function bytes(memory: string | number | null): number | null {
  if (memory === null) return null;
  if (typeof memory === 'number') return memory * MEGABYTE;
  const unit = memory.endsWith('GB') ? 1024 * MEGABYTE : MEGABYTE;
  return Math.round(Number.parseFloat(memory) * unit);
}
