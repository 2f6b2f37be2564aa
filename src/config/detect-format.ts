import type { ConfigTree } from './config-tree.ts';
import type { ConfigSource } from './run-config.ts';

const SIGNS = {
  'flair-detect': [
    'input_img_path',
    'img_pixels_detection',
    'model_weights',
    'norma_task',
    'zone',
    'num_worker',
  ],
  'flair-legacy': ['num_classes', 'class_weights', 'outputs'],
  flair: [
    'paths',
    'model_framework',
    'out_folder',
    'out_model_name',
    'num_epochs',
    'use_weights',
    'train_csv',
    'test_csv',
  ],
} as const;

/** Which kind of file this is, by the keys that only one kind has; ours when none tells. */
export function detectFormat(tree: ConfigTree): ConfigSource['format'] {
  if (tree.has(['data', 'path_aerial_train']) || tree.has(['data', 'path_aerial_test']))
    return 'flair-legacy';
  for (const format of ['flair-detect', 'flair-legacy', 'flair'] as const) {
    const signs = SIGNS[format].filter((key) => tree.has([key]));
    if (signs.length > 1 || (signs.length === 1 && format === 'flair')) return format;
  }
  return 'arpent';
}
