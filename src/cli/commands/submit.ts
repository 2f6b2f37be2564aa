import type { Command } from 'commander';
import type { Patch } from '../../data/index.ts';
import { addCommonOptions, type CommonOptions, parseCount, parseSize } from '../common-options.ts';
import { imageSizeOption } from '../image-size.ts';
import { parseOrder } from '../parse-choice.ts';
import { registerMasks } from './submit-masks.ts';

interface SizeFlags extends CommonOptions {
  readonly size: { readonly width: number; readonly height: number };
  readonly order: 'row' | 'column';
}

async function check(file: string, flags: SizeFlags & { sample?: string }): Promise<void> {
  const { FlagError } = await import('../class-options.ts');
  const { Console } = await import('../console.ts');
  const { checkSubmission, faultText, readSubmission } = await import('../../ensemble/index.ts');
  const sample = flags.sample === undefined ? null : await readSubmission(flags.sample);
  const report = checkSubmission(await readSubmission(file), {
    ids: sample === null ? null : sample.rows.map(({ id }) => id),
    ...{ size: flags.size, order: flags.order },
  });
  const console = new Console(flags);
  for (const fault of report.faults.slice(0, 100)) console.result(`${file}: ${faultText(fault)}`);
  console.emit('checked', { ...report });
  if (report.faults.length > 0) {
    throw new FlagError(`${report.faults.length} faults in ${report.images} images`, {
      file,
      remedy: 'correct the lines listed above',
    });
  }
  console.result(`${report.images} images, ${report.empty} without a pixel, nothing wrong`);
}

async function score(file: string, flags: SizeFlags & { truth: string }): Promise<void> {
  const { Console } = await import('../console.ts');
  const { readSubmission, scoreSubmission } = await import('../../ensemble/index.ts');
  const shape = { ...flags.size, order: flags.order };
  const result = scoreSubmission(await readSubmission(flags.truth), await readSubmission(file), shape);
  const counted = [...result.dice.values()].filter((dice) => dice !== undefined).length;
  const console = new Console(flags);
  console.result(`mean Dice ${result.meanDice.toFixed(4)} over ${counted} of ${result.dice.size} images`);
  console.emit('scored', { meanDice: result.meanDice, counted, images: result.dice.size });
}

interface WriteFlags extends CommonOptions {
  readonly output: string;
  readonly order: 'row' | 'column';
  readonly class: number;
  readonly least?: number;
  readonly holes?: number;
}

async function write(list: string, flags: WriteFlags & { predictions: string }): Promise<void> {
  const { basename, extname, join } = await import('node:path');
  const { Console } = await import('../console.ts');
  const { encodeRunLengths, sieve, writeSubmission } = await import('../../ensemble/index.ts');
  const { predictionNames } = await import('../../inference/index.ts');
  const { openRaster } = await import('../../raster/index.ts');
  const { listImages } = await import('../predict-request.ts');
  const patches = await listImages([list]);
  const names = predictionNames(patches);
  const console = new Console(flags);
  const rows: { id: string; runs: string }[] = [];
  for (const [place, { image }] of patches.entries()) {
    await using raster = await openRaster(join(flags.predictions, names[place]!), { bands: [1] });
    const { width, height } = raster;
    const { data } = await raster.read();
    let mask = Uint8Array.from(data, (value) => Number(value === flags.class));
    if (flags.least !== undefined) mask = sieve(mask, { width, height, least: flags.least, only: 1 }).slice();
    if (flags.holes !== undefined) mask = sieve(mask, { width, height, least: flags.holes, only: 0 }).slice();
    const runs = encodeRunLengths(mask, { width, height, order: flags.order });
    rows.push({ id: basename(image, extname(image)), runs });
    console.progress({ label: 'submission', done: place + 1, total: patches.length, unit: 'images' });
  }
  await writeSubmission(flags.output, rows, { overwrite: flags.overwrite ?? false });
  console.result(`written ${flags.output}: ${rows.length} images`);
  console.emit('written', { output: flags.output, images: rows.length });
}

interface TileFlags extends CommonOptions {
  readonly output: string;
  readonly tile: number;
  readonly stride: number;
}

/** What the tiles of each image are called after: its name, with a mark where several images share it. */
async function stemsOf(patches: readonly Patch[]): Promise<string[]> {
  const { predictionNames } = await import('../../inference/index.ts');
  return predictionNames(patches).map((name) => name.replace(/^PRED_|\.tif$/g, ''));
}

async function cut(list: string, flags: TileFlags): Promise<void> {
  const { join, resolve } = await import('node:path');
  const { Console } = await import('../console.ts');
  const { cutTiles } = await import('../../ensemble/index.ts');
  const { writeOutput } = await import('../../evaluation/index.ts');
  const { listImages } = await import('../predict-request.ts');
  const { tile, stride, overwrite = false, output } = flags;
  const console = new Console(flags);
  const lines: string[] = [];
  const patches = await listImages([list]);
  const stems = await stemsOf(patches);
  for (const [place, { image, mask }] of patches.entries()) {
    const stem = stems[place]!;
    const options = { tile, stride, overwrite };
    const images = await cutTiles(image, join(output, 'images'), stem, options);
    const masks = mask === null ? null : await cutTiles(mask, join(output, 'masks'), stem, options);
    for (const [i, path] of images.entries())
      lines.push(`${resolve(path)},${masks ? resolve(masks[i]!) : ''}`);
    console.progress({ label: 'tiles', done: place + 1, total: patches.length, unit: 'images' });
  }
  await writeOutput(join(output, 'tiles.csv'), `${lines.join('\n')}\n`, { overwrite });
  console.result(`written ${join(output, 'tiles.csv')}: ${lines.length} tiles of ${patches.length} images`);
  console.emit('cut', { output, tiles: lines.length, images: patches.length });
}

async function join(list: string, flags: TileFlags & { predictions: string }): Promise<void> {
  const { join: joined } = await import('node:path');
  const { mkdir } = await import('node:fs/promises');
  const { Console } = await import('../console.ts');
  const { joinTileMasks } = await import('../../ensemble/index.ts');
  const { listImages } = await import('../predict-request.ts');
  const { tile, stride, overwrite = false, output, predictions } = flags;
  const patches = await listImages([list]);
  await mkdir(output, { recursive: true });
  for (const [place, stem] of (await stemsOf(patches)).entries()) {
    const { image } = patches[place]!;
    const tileOf = (name: string) => joined(predictions, `PRED_${name}`);
    await joinTileMasks(image, joined(output, `PRED_${stem}.tif`), stem, tileOf, { tile, stride, overwrite });
  }
  const console = new Console(flags);
  console.result(`written ${output}: ${patches.length} masks`);
  console.emit('joined', { output, images: patches.length });
}

async function flair(
  list: string,
  flags: CommonOptions & { predictions: string; count: number; side: number; output?: string },
) {
  const { FlagError } = await import('../class-options.ts');
  const { Console } = await import('../console.ts');
  const { checkFlairSubmission, faultText, writeFlairSubmission } = await import('../../ensemble/index.ts');
  const { predictionNames } = await import('../../inference/index.ts');
  const { listImages } = await import('../predict-request.ts');
  const names = predictionNames(await listImages([list]));
  const faults = await checkFlairSubmission(flags.predictions, {
    ...{ names, size: flags.side, classes: flags.count },
  });
  const console = new Console(flags);
  for (const fault of faults.slice(0, 100)) console.result(faultText(fault));
  console.emit('checked', { faults });
  if (faults.length > 0) {
    throw new FlagError(`${faults.length} faults in ${names.length} predictions`, {
      file: flags.predictions,
      remedy: 'correct the rasters listed above',
    });
  }
  console.result(`${names.length} predictions, nothing wrong`);
  if (flags.output === undefined) return;
  const { predictions: from, overwrite = false } = flags;
  await writeFlairSubmission(flags.output, { names, from, overwrite });
  console.result(`written ${flags.output}`);
}

/** `arpent submit`: run-length submissions are written, checked and scored. */
export function register(program: Command): void {
  const submit = program.command('submit').description('write, check and score run-length submissions (CSV)');
  const sized = (command: Command) =>
    addCommonOptions(
      command
        .addOption(imageSizeOption())
        .option('--order <order>', 'how pixels are numbered: row or column', parseOrder, 'row'),
      'quiet',
      'json',
    );
  sized(
    submit
      .command('check')
      .description('images, their order, and every run, with line numbers')
      .argument('<csv>', 'the submission')
      .option('--sample <csv>', 'submission whose images and order the contest wants'),
  ).action(check);
  sized(
    submit
      .command('score')
      .description('mean Dice as DACON 236092 computes it')
      .argument('<csv>', 'the submission')
      .requiredOption('--truth <csv>', 'true masks in the same form'),
  ).action(score);
  registerMasks(submit);
  const writing = submit
    .command('write')
    .description('make a submission of a folder of predicted masks')
    .argument('<list>', 'the images: CSV list or folder')
    .requiredOption('--predictions <folder>', 'folder of the PRED_ files')
    .requiredOption('-o, --output <csv>', 'the submission to write')
    .option('--class <index>', 'class that is submitted, counted from 0', parseSize, 1)
    .option('--order <order>', 'how pixels are numbered: row or column', parseOrder, 'row')
    .option('--least <pixels>', 'remove objects of fewer pixels', parseCount)
    .option('--holes <pixels>', 'fill holes of fewer pixels', parseCount)
    .action(write);
  addCommonOptions(writing, 'overwrite', 'quiet', 'json');
  const tiled = (command: Command) =>
    addCommonOptions(
      command
        .option('--tile <pixels>', 'side of a tile', parseCount, 224)
        .option('--stride <pixels>', 'most distance between the starts of neighbours', parseCount, 200)
        .requiredOption('-o, --output <folder>', 'folder to write'),
      'overwrite',
      'quiet',
      'json',
    );
  tiled(
    submit
      .command('cut')
      .description('cut images and masks into tiles that cover them exactly, with a list to train on')
      .argument('<list>', 'list of "image,mask" pairs, or a folder of images'),
  ).action(cut);
  tiled(
    submit
      .command('join')
      .description('put masks predicted for such tiles back together')
      .argument('<list>', 'what was cut: CSV list or folder')
      .requiredOption('--predictions <folder>', 'folder of the PRED_ files of the tiles'),
  ).action(join);
  const checking = submit
    .command('flair')
    .description(
      'check a folder of PRED_ rasters against the form of FLAIR’s challenges, and write the submission',
    )
    .argument('<list>', 'the test images: CSV list or folder')
    .requiredOption('--predictions <folder>', 'folder of the PRED_ files')
    .option('--count <n>', 'number of classes', parseCount, 13)
    .option('--side <pixels>', 'side of a patch', parseCount, 512)
    .option('-o, --output <folder>', 'also copy them here, named as the challenges want: PRED_062871.tif')
    .action(flair);
  addCommonOptions(checking, 'overwrite', 'quiet', 'json');
}
