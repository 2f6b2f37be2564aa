import { type Command, Option } from 'commander';
import type { MapConfig } from '../../config/index.ts';
import type { MapRunOptions } from '../../workflows/index.ts';
import {
  addCommonOptions,
  addComputeOptions,
  addProviderOption,
  parseChannels,
  parseCount,
  parseNumbers,
  parseSize,
} from '../common-options.ts';
import type { MapFlags } from '../map-request.ts';
import { addStreamOptions, streamOptions } from '../map-stream-options.ts';

/** Adds the options that say what a network is, for checkpoints that do not. */
export function addNetworkOptions(command: Command): Command {
  return addDescriptionOptions(
    command.option(
      '--model <file>',
      'weights: .ckpt, .pth, .pt, .safetensors or .onnx; ours describe their network',
    ),
  );
}

/** The same without the option that names the file. */
export function addDescriptionOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration that the network was trained with, for other checkpoints')
    .option('--arch <name>', 'network of other checkpoints: resnet34_unet, openmmlab/upernet-swin-small, …')
    .option('--classes <name>', 'known list of classes (flair-19, cosia, generic-5, …)')
    .option('--channels <bands>', 'bands of the raster in the order of training: 1,2,3 or 1-5', parseChannels)
    .addOption(
      new Option('--norm <type>', 'normalisation of other checkpoints').choices([
        'custom',
        'scaling',
        'without',
      ]),
    )
    .option('--means <numbers>', 'mean of each channel: 105.1,110.9,…', parseNumbers)
    .option('--stds <numbers>', 'standard deviation of each channel', parseNumbers);
}

/** Checks a finished map against what was noted when it was finished. */
async function verify(file: string, flags: MapFlags): Promise<void> {
  const { Console } = await import('../console.ts');
  const { verifyMap } = await import('../../inference/index.ts');
  const { describeWindow } = await import('../../raster/index.ts');
  const console = new Console(flags);
  const { sound, files, windows } = await verifyMap(file);
  if (!sound) process.exitCode = 1;
  for (const { file: name, problem } of files) console.result(`${name} is ${problem}`);
  for (const window of windows) console.result(`changed since it was written: ${describeWindow(window)}`);
  console.result(sound ? `${file} is as it was written` : `${file} is not as it was written`);
  console.emit('verification', { file, sound, files, windows });
}

/** Says how a map would be made, without making it. */
async function plan(config: MapConfig, flags: MapFlags, options: MapRunOptions): Promise<void> {
  const { Console } = await import('../console.ts');
  const { planText } = await import('../../inference/index.ts');
  const { planOfMap } = await import('../../workflows/index.ts');
  const console = new Console(flags);
  const found = await planOfMap(config, options);
  console.result(planText(found));
  console.emit('plan', { ...found });
}

async function map(input: string | undefined, flags: MapFlags): Promise<void> {
  if (flags.verify !== undefined) return verify(flags.verify, flags);
  const { Console } = await import('../console.ts');
  const { precisionRemark } = await import('../precision-remark.ts');
  const { executeMap } = await import('../execute-map.ts');
  const { showWarnings } = await import('../execute-run.ts');
  const { mapConfigOfFlags } = await import('../map-request.ts');
  const { membersOfFlags } = await import('../map-members.ts');
  const { config, warnings } = await mapConfigOfFlags(input, flags);
  const console = new Console(flags);
  showWarnings(console, flags.conf ?? null, warnings);
  const remark = precisionRemark(config.hardware.precision, config.hardware.device);
  if (remark) console.warn(remark);
  const options = {
    allowRemote: flags.allowRemote ?? false,
    stream: streamOptions(flags),
    symmetries: flags.tta ?? [],
    provider: flags.provider,
    cudaGraphs: flags.cudaGraphs ?? false,
    ...(await membersOfFlags(flags)),
  };
  if (flags.dryRun === true) return plan(config, flags, options);
  await executeMap(config, console, options);
}

/** `arpent map`: a raster of any size becomes a land-cover map. */
export function register(program: Command): void {
  const command = program
    .command('map')
    .description('map a raster of any size with a trained network')
    .argument('[ortho]', 'raster to map: anything GDAL opens')
    .option('-o, --output <file>', 'GeoTIFF to write')
    .option('--conf <file>', 'file of IGN’s flair-detect; other options win over it')
    .option('--tile <pixels>', 'side of the square the network sees', parseCount)
    .option(
      '--margin <pixels>',
      'border of each square that is seen but not kept (default 192, at most a quarter of the side)',
      parseSize,
    )
    .addOption(
      new Option(
        '--output-type <type>',
        'argmax: class numbers; class_prob: a band (0–255) per class',
      ).choices(['argmax', 'class_prob']),
    )
    .option('--batch-size <n>', 'squares predicted at once', parseCount)
    .addOption(
      new Option('--compat <way>', 'ign gives the pixels of IGN’s flair-detect').choices(['none', 'ign']),
    )
    .option('--write-tiles', 'also write the tiles as a GeoPackage')
    .option(
      '--also <checkpoints>',
      'further networks whose probabilities are averaged: a.ckpt,b.ckpt',
      (text) => text.split(','),
    )
    .option('--weights <numbers>', 'how much each network counts: 2,1; or by class: 1,0.5;1,2')
    .option('--memory <size>', 'choose the tile so that the map takes no more: 2GB')
    .option(
      '--cuda-graphs',
      'record the network’s work on a CUDA device and start it as a whole (small squares)',
    )
    .option('--dry-run', 'print the plan (tiles, bytes, time) and stop')
    .option('--verify <map>', 'check a finished map against its journal, and stop')
    .option('--allow-remote', 'let the raster be an http(s):// address')
    .action(map);
  addProviderOption(addNetworkOptions(addStreamOptions(command)));
  addCommonOptions(command, 'overwrite', 'skip-bad', 'quiet', 'json');
  addComputeOptions(command).addHelpText(
    'after',
    '\nExamples:\n  $ arpent map ortho.tif --model runs/dubai/checkpoints/best.ckpt -o map.tif\n' +
      '  $ arpent map ortho.tif --model weights.pth --arch resnet34_unet --channels 1-5 --classes flair-19 \\\n' +
      '      --means 105.08,110.87,101.82,106.38,53.26 --stds 52.17,45.38,44,39.69,79.3 -o map.tif\n' +
      '  $ arpent map ortho.tif --model best.ckpt -o map.tif --blend hann --memory 4GB --vectors map.gpkg\n' +
      '  $ arpent map --conf detect.yaml',
  );
}
