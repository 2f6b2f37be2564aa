import type { DetectValues } from './detect-schema.ts';
import { CHECKPOINT_EXTENSIONS, type RuleContext, requireFile } from './file-rules.ts';
import { checkFramework } from './flair-rules.ts';
import { checkChannels, checkMargin, checkStatistics, checkTileSize } from './shared-rules.ts';

/** What must hold between the keys of a `flair-detect` file, and between them and the disk. */
export function checkDetect(context: RuleContext, values: DetectValues): void {
  const { reading } = context;
  requireFile(context, ['input_img_path'], values.input_img_path, 'it is the raster to map');
  const extensions = CHECKPOINT_EXTENSIONS;
  requireFile(context, ['model_weights'], values.model_weights, 'it holds the weights', { extensions });
  const encoderDecoder = checkFramework(context, values.model_framework);
  if (encoderDecoder) checkTileSize(reading, ['img_pixels_detection'], values.img_pixels_detection);
  checkMargin(reading, ['margin'], values.margin, values.img_pixels_detection);
  checkChannels(reading, values.channels);
  if (values.output_name !== null && /[\\/]/.test(values.output_name)) {
    reading.error(
      'wrong-value',
      ['output_name'],
      'a name without folders is wanted; the folder is output_path',
    );
  }
  const [norm] = values.norma_task;
  if (norm === undefined || norm.norm_type !== 'custom') return;
  const lists = [
    { key: ['norma_task', 0, 'norm_means'], values: norm.norm_means },
    { key: ['norma_task', 0, 'norm_stds'], values: norm.norm_stds },
  ];
  checkStatistics(reading, values.channels.length, lists, 'ignored');
}
