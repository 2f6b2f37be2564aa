import { z } from 'zod';
import { FLAIR_19 } from '../core/nomenclature-flair.ts';
import { field, section } from './schema.ts';

const path = (meaning: string) => field(z.string().nullable().default(null), meaning);
const flag = (fallback: boolean, meaning: string) => field(z.boolean().default(fallback), meaning);

/** Band statistics of IGN's training data: red, green, blue, near infrared, height above ground. */
const FLAIR_MEANS = [105.08, 110.87, 101.82, 106.38, 53.26];
const FLAIR_STDS = [52.17, 45.38, 44, 39.69, 79.3];

/** IGN's sample classes: mask value → [weight, name]. IGN's files write one name with an underscore. */
const FLAIR_CLASSES = Object.fromEntries(
  FLAIR_19.classes.map(({ value, weight, name }): [string, [number, string]] => [
    String(value),
    [weight, name === 'swimming pool' ? 'swimming_pool' : name],
  ]),
);

const classRow = z.tuple([z.number().min(0), z.string().min(1)]).meta({
  description: 'Weight in the loss, and name; a class of weight 0 is neither learned nor scored',
  allowed: "[weight, 'name'], with a weight of at least 0",
});

/** Means and deviations of the bands, the same keys in every file of IGN's. */
export const statisticsFields = {
  norm_means: field(z.array(z.number()).nullable().default(FLAIR_MEANS), 'Mean of each channel, for custom', {
    unit: 'pixel values',
  }),
  norm_stds: field(
    z.array(z.number().positive()).nullable().default(FLAIR_STDS),
    'Standard deviation of each channel, for custom',
    { unit: 'pixel values', allowed: 'a list of numbers above 0' },
  ),
};

export const channelsField = field(
  z.array(z.int().min(1)).min(1).default([1, 2, 3, 4, 5]),
  'Bands read from each image, counted from 1; the network sees them in this order',
  { allowed: 'a list of band numbers, from 1', aliases: ['bands'] },
);

export const modelFrameworkField = section('The network', {
  model_provider: field(
    z.enum(['HuggingFace', 'SegmentationModelsPytorch']).default('HuggingFace'),
    'Which of the two entries below names the network',
  ),
  HuggingFace: section('A network by its Hugging Face name', {
    org_model: field(
      z.string().nullable().default('openmmlab/upernet-swin-small'),
      'Organisation and model, with a slash between',
    ),
  }),
  SegmentationModelsPytorch: section('A decoder over an encoder', {
    encoder_decoder: field(
      z.string().nullable().default(null),
      'Encoder and decoder joined by "_", for instance resnet34_unet',
      { aliases: ['model_architecture', 'model_name', 'encoder_name'] },
    ),
  }),
});

/** Keys that IGN's files do not have and ours may add. */
export const additionFields = {
  compat: field(
    z.enum(['none', 'ign']).default('none'),
    "Added by Arpent: ign reproduces the quirks of IGN's library to the digit",
  ),
  precision: field(
    z.enum(['fp32', 'bf16', 'fp16']).default('fp32'),
    'Added by Arpent: number format of the network while it computes',
  ),
  channels_last: flag(false, 'Added by Arpent: memory layout that is faster on most processors'),
};

const paths = section('Files', {
  out_folder: field(z.string().default(''), 'Folder that receives the folder of the run'),
  out_model_name: field(z.string().default(''), 'Name of the run; part of folder and file names'),
  train_csv: path('CSV of image and mask paths to train on; read when train is on'),
  val_csv: path('CSV of image and mask paths to validate on; read when train is on'),
  test_csv: path('CSV of image and mask paths to predict and score; read when predict is on'),
  ckpt_model_path: path('Checkpoint to start, resume or predict from (.ckpt, .pth, .pt, .safetensors)'),
  path_metadata_aerial: field(
    z.string().nullable().default('../flair_aerial_metadata.json'),
    'JSON of acquisition metadata by patch; read when use_metadata is on',
  ),
});

const tasks = section('What to do', {
  train: flag(true, 'Train the network'),
  train_tasks: section('How training starts', {
    init_weights_only_from_ckpt: field(
      z.boolean().default(false),
      'Start from the weights of ckpt_model_path, at epoch 0',
      { aliases: ['train_load_ckpt'] },
    ),
    resume_training_from_ckpt: flag(false, 'Go on exactly where the run saved in ckpt_model_path stopped'),
  }),
  predict: flag(true, 'Predict the test list, with the best checkpoint of this run or else ckpt_model_path'),
  metrics: flag(true, 'Score the predictions against the masks of the test list'),
  delete_preds: flag(true, 'Remove the predictions once they are scored'),
});

/** The YAML file of IGN's `flair` command; defaults are the values of IGN's sample file. */
export const flairSchema = z
  .object({
    paths,
    tasks,
    model_framework: modelFrameworkField,
    use_augmentation: flag(true, 'Mirror and rotate training patches at random (each with probability 0.5)'),
    use_metadata: flag(false, 'Feed acquisition metadata to the network beside the image'),
    channels: channelsField,
    norm_type: field(
      z.enum(['scaling', 'custom', 'without']).default('custom'),
      'custom: (value − mean) / standard deviation; scaling: to 0–1; without: as they are',
    ),
    ...statisticsFields,
    seed: field(z.int().min(0).default(2022), 'Seed of every random choice'),
    batch_size: field(z.int().min(1).default(5), 'Patches per step, in training and validation', {
      unit: 'patches',
    }),
    learning_rate: field(z.number().positive().default(0.02), 'Learning rate of stochastic gradient descent'),
    num_epochs: field(z.int().min(1).default(3), 'Passes over the training list, at most', {
      unit: 'epochs',
    }),
    use_weights: flag(true, 'Weigh the loss by the weights of classes'),
    supervision_starts_at_one: flag(true, 'Mask value 1 is the first class; otherwise value 0 is'),
    classes: field(
      z.record(z.string(), classRow).default(FLAIR_CLASSES),
      'Classes in order: mask value, then weight and name; the order counts, not the number before the colon',
      { allowed: "a map of mask values to [weight, 'name']" },
    ),
    georeferencing_output: flag(true, 'Give predictions the georeference of their image'),
    accelerator: field(
      z.enum(['gpu', 'cpu', 'auto', 'cuda']).default('gpu'),
      'Processor; gpu falls back to the CPU where there is none',
    ),
    num_nodes: field(z.int().min(1).default(1), 'Machines that train together', { unit: 'machines' }),
    gpus_per_node: field(
      z.union([z.int().min(1), z.literal(-1), z.literal('auto')]).default(1),
      'GPUs that train on each machine; with accelerator cpu, processes',
      { unit: 'GPUs', allowed: 'an integer of at least 1 (-1 or auto for all)' },
    ),
    strategy: field(
      z.string().nullable().default('auto'),
      'How machines and GPUs share the work: auto or ddp',
    ),
    num_workers: field(z.int().min(0).default(10), 'Readers that prepare patches in parallel', {
      unit: 'readers',
    }),
    ckpt_save_also_last: flag(true, 'Keep the checkpoint of the last epoch beside the best one'),
    ckpt_verbose: flag(false, 'Say so whenever a checkpoint is written'),
    ckpt_weights_only: flag(false, 'Save weights alone: smaller files, from which training cannot resume'),
    ckpt_monitor: field(
      z.string().default('val_loss'),
      'Value that decides which checkpoint is best and when to stop: val_loss, train_loss, val_miou, val_iou_<class>',
    ),
    ckpt_monitor_mode: field(
      z.enum(['min', 'max']).default('min'),
      'Whether a smaller or a larger value is better',
    ),
    ckpt_earlystopping_patience: field(
      z.int().min(0).default(30),
      'Epochs without progress after which training stops',
      { unit: 'epochs' },
    ),
    cp_csv_and_conf_to_output: flag(true, 'Copy the CSV files and this file into the folder of the run'),
    enable_progress_bar: flag(true, 'Show progress while working'),
    progress_rate: field(z.int().min(0).default(10), 'Steps between two updates of the progress bar', {
      unit: 'steps',
    }),
    root: field(
      z.string().nullable().default(null),
      'Added by Arpent: folder that replaces the beginning of the paths in the CSV files',
    ),
    metadata_encoding: field(
      z.enum(['ign', 'fixed']).default('ign'),
      'Added by Arpent: fixed mends the month and the years after 2021, which published weights do not expect',
    ),
    ...additionFields,
  })
  .meta({
    title: 'IGN flair configuration',
    description: 'Training, prediction and scoring on patches (flair --conf)',
  });

export type FlairValues = z.output<typeof flairSchema>;
