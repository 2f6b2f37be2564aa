import { z } from 'zod';
import { field, section } from './schema.ts';

const folder = (meaning: string) =>
  field(z.string().nullable().default(null), meaning, { allowed: 'a folder' });

/** The YAML file of IGN's older `legacy-torch` branch (FLAIR #1 challenge baseline). */
export const legacySchema = z
  .object({
    data: section('Folders, laid out as <domain>/<zone>/img and <domain>/<zone>/msk', {
      path_aerial_train: folder('Training images; a fifth of the domains validates'),
      path_aerial_test: folder('Test images'),
      path_labels_train: folder('Training masks'),
      path_labels_test: folder('Test masks'),
      path_metadata_aerial: field(
        z.string().nullable().default('./flair-1_metadata_aerial.json'),
        'JSON of acquisition metadata by patch; read when use_metadata is on',
      ),
    }),
    outputs: section('Results', {
      out_folder: field(z.string().default(''), 'Folder that receives the folder of the run'),
      out_model_name: field(z.string().default(''), 'Name of the run; part of folder and file names'),
    }),
    num_classes: field(
      z.int().min(2).max(255).default(13),
      'Outputs; mask values above this number join the last class',
    ),
    use_weights: field(z.boolean().default(true), 'Weigh the loss by class_weights'),
    class_weights: field(
      z.array(z.number().min(0)).default([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]),
      'Weight of each class in the loss',
      { allowed: 'a list of numbers of at least 0' },
    ),
    use_metadata: field(
      z.boolean().default(false),
      'Feed acquisition metadata to the network beside the image',
    ),
    use_augmentation: field(z.boolean().default(false), 'Mirror and rotate training patches at random'),
    batch_size: field(z.int().min(1).default(2), 'Patches per step', { unit: 'patches' }),
    learning_rate: field(z.number().positive().default(0.02), 'Learning rate of stochastic gradient descent'),
    num_epochs: field(z.int().min(1).default(3), 'Passes over the training patches, at most', {
      unit: 'epochs',
    }),
    accelerator: field(z.enum(['gpu', 'cpu', 'auto', 'cuda']).default('gpu'), 'Processor'),
    num_nodes: field(z.int().min(1).default(1), 'Machines that train together', { unit: 'machines' }),
    gpus_per_node: field(
      z.int().min(1).default(1),
      'GPUs that train on each machine; with accelerator cpu, processes',
      { unit: 'GPUs' },
    ),
    strategy: field(z.string().nullable().default(null), 'How machines and GPUs share the work: auto or ddp'),
    num_workers: field(z.int().min(0).default(1), 'Readers that prepare patches in parallel', {
      unit: 'readers',
    }),
    enable_progress_bar: field(z.boolean().default(true), 'Show progress while working'),
    progress_rate: field(z.int().min(0).default(10), 'Steps between two updates of the progress bar', {
      unit: 'steps',
    }),
    metadata_encoding: field(
      z.enum(['ign', 'fixed']).default('ign'),
      'Added by Arpent: fixed mends month and years',
    ),
    compat: field(
      z.enum(['none', 'ign']).default('none'),
      'Added by Arpent: ign reproduces the quirks to the digit',
    ),
  })
  .meta({
    title: 'IGN legacy-torch configuration',
    description: 'The FLAIR #1 baseline: train, predict and score from folders',
  });

export type LegacyValues = z.output<typeof legacySchema>;
