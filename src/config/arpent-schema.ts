import { z } from 'zod';
import {
  augmentationSection,
  classesField,
  dataSection,
  metadataSection,
  normalizationSection,
} from './arpent-data-schema.ts';
import {
  checkpointsSection,
  lossField,
  modelSection,
  optimizerField,
  schedulerField,
  trainingSection,
} from './arpent-learning-schema.ts';
import { field, section } from './schema.ts';

const flag = (fallback: boolean, meaning: string) => field(z.boolean().default(fallback), meaning);
const MEMORY = /^\d+(?:\.\d+)? ?(?:MB|GB)$/;

const tasksSection = section('What to do, in this order', {
  train: flag(true, 'Train the network'),
  predict: flag(true, 'Predict the test list, with the best checkpoint of this run or else model.weights'),
  metrics: flag(true, 'Score the predictions against the masks of the test list'),
  delete_predictions: flag(false, 'Remove the predictions once they are scored'),
});

const hardwareSection = section('Where and how numbers are computed', {
  device: field(
    z
      .string()
      .regex(/^(?:auto|cpu|cuda(?::\d+)?)$/)
      .default('auto'),
    'Processor; auto takes CUDA where there is one',
    { allowed: 'auto, cpu, cuda or cuda:0, cuda:1, …' },
  ),
  devices: field(
    z.union([z.int().min(1), z.literal('all')]).default(1),
    'GPUs that train on each machine; with device cpu, processes',
    {
      unit: 'GPUs',
    },
  ),
  nodes: field(z.int().min(1).default(1), 'Machines that train together', { unit: 'machines' }),
  threads: field(
    z.int().min(1).nullable().default(null),
    'CPU threads of the network; every core when empty',
    {
      unit: 'threads',
    },
  ),
  precision: field(
    z.enum(['fp32', 'bf16', 'fp16']).default('fp32'),
    'Number format of the network while it computes',
  ),
  channels_last: flag(true, 'Memory layout that is faster on most processors'),
});

const mapSection = section('How whole rasters are mapped (arpent map)', {
  tile: field(
    z.int().min(32).nullable().default(null),
    'Side of the square the network sees; chosen for the raster when empty',
    { unit: 'pixels' },
  ),
  margin: field(
    z.int().min(0).nullable().default(null),
    'Border of each square that is seen but not kept; when empty 192, at most a quarter of the square',
    { unit: 'pixels' },
  ),
  output_type: field(
    z.enum(['argmax', 'class_prob']).default('argmax'),
    'argmax: one band with the number of the class; class_prob: one band (0–255) per class',
  ),
  batch_size: field(z.int().min(1).default(4), 'Squares per step', { unit: 'squares' }),
  workers: field(z.int().min(0).default(2), 'Readers that prepare squares in parallel', { unit: 'readers' }),
  memory: field(
    z
      .union([z.int().min(1), z.string().regex(MEMORY)])
      .nullable()
      .default(null),
    'Memory that may be used; chosen from the width of the raster when empty',
    { unit: 'megabytes', allowed: 'a number of megabytes, or a text like 500 MB or 4 GB' },
  ),
  write_tiles: flag(false, 'Also write the squares as a GeoPackage'),
});

/** Our own configuration file, `arpent.yaml`. */
export const arpentSchema = z
  .object({
    name: field(
      z
        .string()
        .regex(/^[^\\/]+$/)
        .default('run'),
      'Name of the run; its folder inside output',
      {
        allowed: 'a name without slashes',
      },
    ),
    output: field(z.string().min(1).default('runs'), 'Folder that receives the folder of the run'),
    overwrite: flag(false, 'Replace what an earlier run of the same name left'),
    seed: field(z.int().min(0).default(0), 'Seed of every random choice'),
    compat: field(
      z.enum(['none', 'ign']).default('none'),
      "ign reproduces the quirks of IGN's library to the digit",
    ),
    tasks: tasksSection,
    data: dataSection,
    normalization: normalizationSection,
    augmentation: augmentationSection,
    metadata: metadataSection,
    classes: classesField,
    model: modelSection,
    loss: lossField,
    class_weights: flag(true, 'Weigh the loss by the weights of classes'),
    optimizer: optimizerField,
    scheduler: schedulerField,
    training: trainingSection,
    checkpoints: checkpointsSection,
    hardware: hardwareSection,
    predictions: section('Predicted masks', {
      georeferenced: flag(true, 'Give predictions the georeference of their image'),
    }),
    logging: section('What the run says while it works', {
      progress_bar: flag(true, 'Show progress'),
      progress_rate: field(z.int().min(1).default(10), 'Steps between two updates of the progress bar', {
        unit: 'steps',
      }),
      copy_inputs: flag(true, 'Copy the CSV files and this file into the folder of the run'),
    }),
    map: mapSection,
  })
  .meta({
    title: 'Arpent configuration',
    description: 'Training, prediction, scoring and mapping (arpent run)',
  });

export type ArpentValues = z.output<typeof arpentSchema>;
