import type { Command } from 'commander';
import {
  addCommonOptions,
  addComputeOptions,
  addProviderOption,
  parseCount,
  parseSize,
} from '../common-options.ts';
import type { MapFlags } from '../map-request.ts';
import { addBlendOptions, streamOptions } from '../map-stream-options.ts';
import { addNetworkOptions } from './map.ts';

/** What the command line says about zones. */
interface ZonesFlags extends MapFlags {
  readonly firstValue?: number;
}

async function zones(patches: string, flags: ZonesFlags): Promise<void> {
  const { resolve } = await import('node:path');
  const { Console } = await import('../console.ts');
  const { executeZones } = await import('../execute-zones.ts');
  const { showWarnings } = await import('../execute-run.ts');
  const { mapConfigOfFlags } = await import('../map-request.ts');
  const { membersOfFlags } = await import('../map-members.ts');
  const { config, warnings } = await mapConfigOfFlags(patches, flags);
  const console = new Console(flags);
  showWarnings(console, null, warnings);
  await executeZones(config, console, {
    patches: resolve(patches),
    folder: resolve(flags.output!),
    firstValue: flags.firstValue ?? 0,
    overwrite: flags.overwrite ?? false,
    stream: streamOptions(flags),
    symmetries: flags.tta ?? [],
    provider: flags.provider,
    ...(await membersOfFlags(flags)),
  });
}

/** `arpent zones`: patches that lie side by side are mapped together and cut apart again. */
export function register(program: Command): void {
  const command = program
    .command('zones')
    .description('map georeferenced patches by zones, each seen with its surroundings')
    .argument('<patches>', 'folder of patches, or a CSV list with their paths in the first column')
    .requiredOption('-o, --output <folder>', 'receives a map a zone, and PRED_*.tif in patches/')
    .option(
      '--first-value <n>',
      'value of the first class in the predictions: 1 where masks count from 1',
      parseSize,
    )
    .option('--tile <pixels>', 'side of the square the network sees', parseCount)
    .option(
      '--margin <pixels>',
      'border of each square that is seen but not kept (default 192, at most a quarter of the side)',
      parseSize,
    )
    .option('--batch-size <n>', 'squares predicted at once', parseCount)
    .option(
      '--also <checkpoints>',
      'further networks whose probabilities are averaged: a.ckpt,b.ckpt',
      (text) => text.split(','),
    )
    .option('--weights <numbers>', 'how much each network counts: 2,1; or by class: 1,0.5;1,2')
    .action(zones);
  addProviderOption(addNetworkOptions(addBlendOptions(command)));
  addCommonOptions(command, 'overwrite', 'skip-bad', 'quiet', 'json');
  addComputeOptions(command).addHelpText(
    'after',
    '\nExamples:\n  $ arpent zones flair/test --model best.ckpt -o zones\n' +
      '  $ arpent zones test.csv --model best.ckpt -o zones --blend hann --first-value 1',
  );
}
