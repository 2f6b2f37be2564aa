import { z } from 'zod';
import { field, section } from './schema.ts';

const csv = (meaning: string) =>
  field(z.string().nullable().default(null), meaning, { allowed: 'the path of a .csv file' });
const probability = (fallback: number, meaning: string) =>
  field(z.number().min(0).max(1).default(fallback), meaning, { unit: 'probability' });

const color = z.string().regex(/^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/);

export const dataSection = section('Patch lists and how to read them', {
  train: csv('CSV of image and mask paths (no header) to train on'),
  validation: csv('CSV of image and mask paths to validate on, after each epoch'),
  test: csv('CSV of image and mask paths to predict and score'),
  root: field(
    z.string().nullable().default(null),
    'Folder that replaces the beginning of the paths in the CSV files; without it they start from the folder of the CSV',
    { allowed: 'a folder' },
  ),
  channels: field(
    z.array(z.int().min(1)).min(1).default([1, 2, 3]),
    'Bands read from each image, counted from 1; the network sees them in this order',
    { allowed: 'a list of band numbers, from 1' },
  ),
  masks: section('How mask pixels name classes', {
    encoding: field(
      z.enum(['one-based', 'zero-based', 'values', 'colors']).default('one-based'),
      'one-based: value 1 is the first class; zero-based: value 0 is; values, colors: as the classes say',
    ),
    ignore: field(
      z.array(z.union([z.int().min(0).max(65_535), color])).default([]),
      'Mask values (or colours) that neither train nor score',
      { allowed: 'a list of numbers from 0 to 65535 (or of colours like "#9b9b9b")' },
    ),
    unknown: field(
      z.enum(['error', 'ignore']).default('error'),
      'What a mask value outside the classes does: ends the run, or neither trains nor scores',
    ),
  }),
  skip_bad: field(
    z.boolean().default(false),
    'Count and leave out unreadable images instead of ending the run',
  ),
  workers: field(z.int().min(0).default(2), 'Readers that prepare patches in parallel', { unit: 'readers' }),
});

export const normalizationSection = section('What is done to pixel values before the network sees them', {
  type: field(
    z.enum(['scaling', 'custom', 'sentinel', 'without']).default('scaling'),
    'scaling: integers to 0–1; custom: (value − mean) / standard deviation; sentinel: by each image’s Sentinel-2 patch; without: as they are',
  ),
  file: field(
    z.string().nullable().default(null),
    'Means and deviations of each image, for sentinel: the statistics.json of arpent sentinel',
    { allowed: 'the path of a .json file' },
  ),
  means: field(
    z.array(z.number()).nullable().default(null),
    'Mean of each channel, for custom; for sentinel of images that have none of their own',
    { unit: 'pixel values' },
  ),
  stds: field(
    z.array(z.number().positive()).nullable().default(null),
    'Standard deviation of each channel, like the means',
    {
      unit: 'pixel values',
      allowed: 'a list of numbers above 0',
    },
  ),
});

const jitter = (meaning: string, limit: number, largest: number) =>
  section(meaning, {
    probability: probability(0, 'How often a patch is changed'),
    limit: field(z.number().min(0).max(largest).default(limit), 'Strongest change either way', {
      unit: 'fraction',
    }),
  });

const augmentations = z.object({
  vertical_flip: probability(0.5, 'How often a patch is mirrored top to bottom'),
  horizontal_flip: probability(0.5, 'How often a patch is mirrored left to right'),
  rot90: probability(0.5, 'How often a patch is turned by 0, 90, 180 or 270 degrees'),
  rotation: section('Rotation by any angle; corners without data are ignored', {
    probability: probability(0, 'How often a patch is turned'),
    degrees: field(z.number().min(0).max(180).default(30), 'Largest angle either way', { unit: 'degrees' }),
  }),
  scale: section('Zoom', {
    probability: probability(0, 'How often a patch is zoomed'),
    min: field(z.number().min(0.1).max(10).default(0.75), 'Smallest factor', { unit: 'factor' }),
    max: field(z.number().min(0.1).max(10).default(1.25), 'Largest factor (above 1 enlarges)', {
      unit: 'factor',
    }),
  }),
  crop: field(
    z.int().min(32).nullable().default(null),
    'Side of a square cut out at a random place; whole patches when empty',
    { unit: 'pixels' },
  ),
  brightness: jitter('Brightness', 0.2, 1),
  contrast: jitter('Contrast', 0.2, 1),
  saturation: jitter('Saturation (of the first three channels)', 0.2, 1),
  hue: jitter('Hue (of the first three channels), as a part of the colour circle', 0.05, 0.5),
});

export const augmentationSection = field(
  z.union([z.literal(false), augmentations]).prefault({}),
  'Random changes of training patches (image and mask move together), or False for none',
);

export const metadataSection = field(
  z
    .object({
      file: field(z.string().min(1), 'JSON of position, altitude, camera, date and time by patch', {
        allowed: 'the path of a .json file',
      }),
      encoding: field(
        z.enum(['ign', 'fixed']).default('fixed'),
        "ign keeps the slips of IGN's encoder, which its published weights expect; fixed mends them",
      ),
    })
    .nullable()
    .default(null),
  'Acquisition metadata fed to the network beside the image; unused when empty',
);

const classValue = z.int().min(0).max(65_535);

export const classesField = field(
  z.union([
    z.string(),
    z
      .array(
        z.object({
          name: field(z.string().min(1), 'Name of the class'),
          color: field(color.optional(), 'Colour in maps and figures, and in masks painted by colour', {
            allowed: 'a colour like "#db0e9a", in quotes',
          }),
          weight: field(z.number().min(0).default(1), 'Weight in the loss; 0 disables the class'),
          value: field(
            z.union([classValue, z.array(classValue).min(1)]).optional(),
            'Mask value, or list of values',
            {
              allowed: 'a number from 0 to 65535, or a list of them',
            },
          ),
        }),
      )
      .min(1)
      .max(255),
  ]),
  'Classes in the order of the outputs of the network, or the name of a known list (flair-19, flair-12, cosia, …)',
  { allowed: 'a list of classes, or the name of a known one' },
);
