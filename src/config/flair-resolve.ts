import { resolve } from 'node:path';
import { colorClasses } from './class-colors.ts';
import { splitEncoderDecoder } from './encoder-decoder.ts';
import type { FlairValues } from './flair-schema.ts';
import { ignRecipe } from './ign-recipe.ts';
import type { ArchitectureConfig, ModelConfig, NormalizationConfig } from './model-config.ts';
import type { ConfigSource, DataConfig, HardwareConfig, RunConfig, TaskConfig } from './run-config.ts';
import { ignOutputs, NO_AUGMENTATION, RANDOM_FLIPS } from './run-parts.ts';

/** What resolving needs besides the values. */
export interface FlairSurroundings {
  readonly source: ConfigSource;
  /** Folder that relative paths start from. */
  readonly baseFolder: string;
  /** Keys of `classes` in the order they are written. */
  readonly classKeys: readonly string[];
}

/** The run that a valid `flair` file describes. */
export function resolveFlair(
  values: FlairValues,
  { source, baseFolder, classKeys }: FlairSurroundings,
): RunConfig {
  const rows = classKeys.map((key) => values.classes[key]!);
  const classes = colorClasses(rows.map(([weight, name]) => ({ weight, name })));
  const at = (path: string) => resolve(baseFolder, path);
  const { paths } = values;
  const ign = values.compat === 'ign';
  const tasks = resolveTasks(values, at);
  const folder = resolve(baseFolder, paths.out_folder, paths.out_model_name);
  return {
    source,
    name: paths.out_model_name,
    seed: values.seed,
    compat: values.compat,
    tasks,
    data: resolveData(values, at, baseFolder),
    normalization: resolveNormalization(values, values.channels.length),
    augmentation: values.use_augmentation ? RANDOM_FLIPS : NO_AUGMENTATION,
    metadata:
      values.use_metadata && paths.path_metadata_aerial !== null
        ? { file: at(paths.path_metadata_aerial), encoding: values.metadata_encoding }
        : null,
    classes,
    model: resolveModel(
      values.model_framework,
      values.channels.length,
      classes.length,
      encoderWeights(tasks),
    ),
    ...ignRecipe(values, { patience: values.ckpt_earlystopping_patience, ign }),
    checkpoints: {
      monitor: values.ckpt_monitor,
      mode: values.ckpt_monitor_mode,
      saveLast: values.ckpt_save_also_last,
      weightsOnly: values.ckpt_weights_only,
      verbose: values.ckpt_verbose,
      naming: 'ign',
    },
    hardware: resolveHardware(values),
    outputs: {
      ...ignOutputs(folder, paths.out_model_name),
      inputs: values.cp_csv_and_conf_to_output ? resolve(folder, 'used_csv_and_config') : null,
      georeferenced: values.georeferencing_output,
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

function resolveTasks({ tasks, paths }: FlairValues, at: (path: string) => string): TaskConfig {
  const { init_weights_only_from_ckpt: init, resume_training_from_ckpt: resume } = tasks.train_tasks;
  const checkpoint = paths.ckpt_model_path ? at(paths.ckpt_model_path) : null;
  const kind = resume ? 'resume' : init ? 'weights' : 'fresh';
  return {
    train: tasks.train,
    predict: tasks.predict,
    metrics: tasks.metrics && tasks.predict,
    deletePredictions: tasks.delete_preds,
    start: kind === 'fresh' || checkpoint === null ? { kind: 'fresh' } : { kind, checkpoint },
    predictCheckpoint: tasks.train ? null : checkpoint,
  };
}

function resolveData(values: FlairValues, at: (path: string) => string, baseFolder: string): DataConfig {
  const { tasks, paths } = values;
  const list = (wanted: boolean, path: string | null) =>
    wanted && path !== null && path !== '' ? at(path) : null;
  return {
    train: list(tasks.train, paths.train_csv),
    validation: list(tasks.train, paths.val_csv),
    test: list(tasks.predict, paths.test_csv),
    folders: null,
    root: values.root === null ? null : at(values.root),
    relativeTo: baseFolder,
    channels: values.channels,
    masks: {
      encoding: { kind: values.supervision_starts_at_one ? 'one-based' : 'zero-based' },
      ignoreValues: [],
      unknown: values.compat === 'ign' ? 'first-class' : 'ignore',
    },
    skipBad: false,
    workers: values.num_workers,
  };
}

/** ImageNet's for a fresh start, as IGN does; a checkpoint brings its own. */
function encoderWeights({ train, start }: TaskConfig): string | null {
  return train && start.kind === 'fresh' ? 'imagenet' : null;
}

/** Normalisation of IGN's three keys; values beyond the channels are ignored, as IGN does. */
export function resolveNormalization(
  values: {
    readonly norm_type: string;
    readonly norm_means: readonly number[] | null;
    readonly norm_stds: readonly number[] | null;
  },
  channels: number,
): NormalizationConfig {
  const { norm_type: kind, norm_means: means, norm_stds: stds } = values;
  if (kind === 'without' || kind === 'scaling') return { kind };
  return { kind: 'custom', means: (means ?? []).slice(0, channels), stds: (stds ?? []).slice(0, channels) };
}

/** The network of IGN's `model_framework`. */
export function resolveModel(
  framework: FlairValues['model_framework'],
  channels: number,
  classes: number,
  encoderWeights: string | null,
): ModelConfig {
  return { architecture: architecture(framework, encoderWeights), channels, classes };
}

function architecture(
  framework: FlairValues['model_framework'],
  encoderWeights: string | null,
): ArchitectureConfig {
  if (framework.model_provider === 'HuggingFace') {
    return { kind: 'huggingface', model: framework.HuggingFace.org_model ?? '' };
  }
  const split = splitEncoderDecoder(framework.SegmentationModelsPytorch.encoder_decoder ?? '');
  const { encoder, decoder } = 'problem' in split ? { encoder: '', decoder: '' } : split;
  return { kind: 'encoder-decoder', decoder, encoder, encoderWeights };
}

/** IGN's hardware keys; a GPU that is wanted but absent falls back to the CPU. */
export function resolveHardware(
  values: Pick<
    FlairValues,
    'accelerator' | 'gpus_per_node' | 'num_nodes' | 'strategy' | 'precision' | 'channels_last'
  >,
): HardwareConfig {
  return {
    device: values.accelerator === 'cpu' ? 'cpu' : 'auto',
    devices: values.gpus_per_node === -1 || values.gpus_per_node === 'auto' ? 'all' : values.gpus_per_node,
    nodes: values.num_nodes,
    strategy: values.strategy ?? 'auto',
    threads: null,
    precision: values.precision,
    channelsLast: values.channels_last,
  };
}
