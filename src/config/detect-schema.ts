import { z } from 'zod';
import { additionFields, channelsField, modelFrameworkField, statisticsFields } from './flair-schema.ts';
import { field } from './schema.ts';

const normalization = z
  .object({
    norm_type: field(
      z.enum(['custom', 'scaling']).default('custom'),
      'custom: (value − mean) / standard deviation; scaling: to 0–1',
    ),
    ...statisticsFields,
  })
  .meta({ description: 'What is done to pixel values before the network sees them' });

/** The YAML file of IGN's `flair-detect` command; defaults are the values of IGN's sample file. */
export const detectSchema = z
  .object({
    output_path: field(z.string().min(1), 'Folder of the result; created when missing', {
      allowed: 'a folder',
    }),
    output_name: field(
      z.string().nullable().default(null),
      'Name of the result, with or without .tif; without a name, the name of the raster followed by output_type',
    ),
    input_img_path: field(z.string().min(1), 'Georeferenced raster to map', {
      allowed: 'the path of a raster',
    }),
    channels: channelsField,
    img_pixels_detection: field(
      z.int().min(1).default(512),
      'Side of the square the network sees; kept exactly with compat: ign, else chosen for least work',
      {
        unit: 'pixels',
      },
    ),
    margin: field(z.int().min(0).default(128), 'Border of each square that is seen but not kept', {
      unit: 'pixels',
    }),
    output_type: field(
      z.enum(['argmax', 'class_prob']).default('argmax'),
      'argmax: one band with the number of the class; class_prob: one band (0–255) per class',
    ),
    n_classes: field(
      z.int().min(1).max(256).default(19),
      'Outputs of the network; the checkpoint must have as many',
    ),
    model_weights: field(
      z.string().min(1),
      'Checkpoint or weights of the network (.ckpt, .pth, .pt, .safetensors)',
      {
        allowed: 'the path of a checkpoint',
      },
    ),
    model_framework: modelFrameworkField,
    batch_size: field(z.int().min(1).default(4), 'Squares per step', { unit: 'squares' }),
    use_gpu: field(z.boolean().default(true), 'Use a GPU; falls back to the CPU where there is none'),
    num_worker: field(z.int().min(0).default(2), 'Readers that prepare squares in parallel', {
      unit: 'readers',
    }),
    write_dataframe: field(z.boolean().default(false), 'Also write the squares as a GeoPackage'),
    norma_task: field(
      z
        .array(normalization)
        .length(1)
        .default([normalization.parse({})]),
      'Normalisation',
      {
        allowed: 'a list with one map of norm_type, norm_means and norm_stds',
        aliases: ['normalization'],
      },
    ),
    memory: field(
      z.int().min(1).nullable().default(null),
      'Added by Arpent: memory that may be used; chosen when empty',
      {
        unit: 'megabytes',
      },
    ),
    ...additionFields,
  })
  .meta({
    title: 'IGN flair-detect configuration',
    description: 'Mapping of one large raster (flair-detect --conf)',
  });

export type DetectValues = z.output<typeof detectSchema>;
