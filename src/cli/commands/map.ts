import { type Command, Option } from 'commander';
import {
  addCommonOptions,
  addComputeOptions,
  parseChannels,
  parseCount,
  parseNumbers,
  parseSize,
} from '../common-options.ts';
import type { MapFlags } from '../map-request.ts';

/** Adds the options that say what a network is, for checkpoints that do not. */
export function addNetworkOptions(command: Command): Command {
  return command
    .option('--model <checkpoint>', 'weights: .ckpt, .pth, .pt or .safetensors; ours describe their network')
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

async function map(input: string | undefined, flags: MapFlags): Promise<void> {
  const { Console } = await import('../console.ts');
  const { precisionRemark } = await import('../precision-remark.ts');
  const { executeMap } = await import('../execute-map.ts');
  const { showWarnings } = await import('../execute-run.ts');
  const { mapConfigOfFlags } = await import('../map-request.ts');
  const { config, warnings } = await mapConfigOfFlags(input, flags);
  const console = new Console(flags);
  showWarnings(console, flags.conf ?? null, warnings);
  const remark = precisionRemark(config.hardware.precision, config.hardware.device);
  if (remark) console.warn(remark);
  await executeMap(config, console, { allowRemote: flags.allowRemote ?? false });
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
    .option('--margin <pixels>', 'border of each square that is seen but not kept', parseSize)
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
    .option('--allow-remote', 'let the raster be an http(s):// address')
    .action(map);
  addNetworkOptions(command);
  addCommonOptions(command, 'overwrite', 'quiet', 'json');
  addComputeOptions(command).addHelpText(
    'after',
    '\nExamples:\n  $ arpent map ortho.tif --model runs/dubai/checkpoints/best.ckpt -o map.tif\n' +
      '  $ arpent map ortho.tif --model weights.pth --arch resnet34_unet --channels 1-5 --classes flair-19 \\\n' +
      '      --means 105.08,110.87,101.82,106.38,53.26 --stds 52.17,45.38,44,39.69,79.3 -o map.tif\n' +
      '  $ arpent map --conf detect.yaml',
  );
}
