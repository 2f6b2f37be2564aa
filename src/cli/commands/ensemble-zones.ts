import type { Command } from 'commander';
import {
  addCommonOptions,
  addComputeOptions,
  type CommonOptions,
  type ComputeFlags,
  parseCount,
} from '../common-options.ts';
import { parseChoice } from '../parse-choice.ts';

interface ZonesFlags extends CommonOptions, ComputeFlags {
  readonly images: readonly string[];
  readonly output: string;
  readonly tile: number;
  readonly shifts: number;
  readonly agreement: 'majority' | 'mean';
}

async function predictByZones(file: string, flags: ZonesFlags): Promise<void> {
  const { predictZones, readModelGroup } = await import('../../workflows/index.ts');
  const { Console } = await import('../console.ts');
  const { onInterrupt } = await import('../interrupt.ts');
  const { refuseStatisticsByImage } = await import('../map-request.ts');
  const { listImages } = await import('../predict-request.ts');
  const group = await readModelGroup(file);
  for (const { description } of group.models) refuseStatisticsByImage(description.normalization);
  const patches = await listImages(flags.images);
  const console = new Console(flags);
  const interrupt = onInterrupt(() => console.warn('stopping after this window'));
  try {
    const maps = await predictZones(group, patches, {
      ...{ folder: flags.output, tile: flags.tile, shifts: flags.shifts, agreement: flags.agreement },
      device: (flags.device ?? 'auto') as 'auto',
      precision: flags.precision ?? 'fp32',
      threads: flags.threads ?? null,
      overwrite: flags.overwrite ?? false,
      onProgress: (zone, { tiles, totalTiles }) =>
        console.progress({ label: zone, done: tiles, total: totalTiles, unit: 'windows' }),
      signal: interrupt.signal,
    });
    const count = flags.shifts ** 2;
    console.result(
      `written ${flags.output}: ${patches.length} images in ${maps.length} zones, up to ${count} predictions a pixel`,
    );
    console.emit('predicted', { output: flags.output, images: patches.length, zones: maps.length });
  } finally {
    interrupt.release();
    console.close();
  }
}

/** Adds `zones` to `arpent ensemble`. */
export function registerZones(ensemble: Command): void {
  const command = ensemble
    .command('zones')
    .description(
      'predict touching patches as one raster in shifted windows, and cut the map back into patches',
    )
    .argument('<models>', 'YAML: models by name, and the rule that joins them')
    .requiredOption('--images <paths...>', 'georeferenced images, folders of images, or CSV lists')
    .option('--tile <pixels>', 'side of a window', parseCount, 512)
    .option(
      '--shifts <n>',
      'shift the windows n × n times, so that n² predictions meet in a pixel',
      parseCount,
      4,
    )
    .option(
      '--agreement <way>',
      'how they agree: majority or mean',
      parseChoice('majority', 'mean'),
      'majority',
    )
    .requiredOption('-o, --output <folder>', 'folder of the PRED_ files; maps of the zones in zones/')
    .action(predictByZones);
  addCommonOptions(command, 'overwrite', 'quiet', 'json');
  addComputeOptions(command);
}
