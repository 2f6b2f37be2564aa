import type { Command } from 'commander';
import { addCommonOptions, type CommonOptions } from '../common-options.ts';
import { parseOrder } from '../parse-choice.ts';

interface MasksFlags extends CommonOptions {
  readonly images: string;
  readonly order: 'row' | 'column';
  readonly output: string;
}

async function masks(csv: string, flags: MasksFlags): Promise<void> {
  const { join, resolve } = await import('node:path');
  const { Console } = await import('../console.ts');
  const { readSubmission, writeMasks } = await import('../../ensemble/index.ts');
  const { writeOutput } = await import('../../evaluation/index.ts');
  const console = new Console(flags);
  const { order, output, overwrite = false } = flags;
  const pairs = await writeMasks(await readSubmission(csv), {
    ...{ images: flags.images, folder: join(output, 'masks'), order, overwrite },
    onProgress: (done, total) => console.progress({ label: 'masks', done, total, unit: 'images' }),
  });
  const list = join(output, 'list.csv');
  const lines = pairs.map(({ image, mask }) => `${resolve(image)},${resolve(mask)}\n`);
  await writeOutput(list, lines.join(''), { overwrite });
  console.result(`written ${list}: ${pairs.length} images and masks`);
  console.emit('masks', { list, images: pairs.length });
}

/** Adds `masks` to `arpent submit`. */
export function registerMasks(submit: Command): void {
  const command = submit
    .command('masks')
    .description('turn run-length texts (a contest’s train.csv) into masks and a list to train on')
    .argument('<csv>', 'list with the columns img_id and mask_rle')
    .requiredOption('--images <folder>', 'folder of the images, named after the ids')
    .option('--order <order>', 'how pixels are numbered: row or column', parseOrder, 'row')
    .requiredOption('-o, --output <folder>', 'folder of masks/ and list.csv')
    .action(masks);
  addCommonOptions(command, 'overwrite', 'quiet', 'json');
}
