import { Command } from 'commander';
import { addCommonOptions, type CommonOptions } from './common-options.ts';
import { packageVersion } from './program.ts';

interface DetectFlags extends CommonOptions {
  readonly conf: string;
}

/** `20260131_093005`, local time. */
function stamp(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}_${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}

async function detect(flags: DetectFlags): Promise<void> {
  const { basename, dirname, join } = await import('node:path');
  const { loadMapConfig } = await import('../config/index.ts');
  const { mapOutputPath } = await import('../workflows/index.ts');
  const { Console } = await import('./console.ts');
  const { executeMap } = await import('./execute-map.ts');
  const { showWarnings } = await import('./execute-run.ts');
  const { configurationText } = await import('./flair-text.ts');
  const { config: read, warnings } = await loadMapConfig(flags.conf);
  const existing = flags.overwrite === true ? ('overwrite' as const) : read.output.existing;
  // The number that a taken name gets is part of the name from here on: of the log, and of the slicing file.
  const path = mapOutputPath({ ...read.output, existing });
  const output = { ...read.output, folder: dirname(path), name: basename(path), existing };
  const console = new Console(flags);
  const began = new Date();
  if (output.writeLog) {
    console.openLog(join(output.folder, `${basename(path, '.tif')}_${stamp(began)}.log`), false);
  }
  showWarnings(console, flags.conf, warnings);
  console.say(`Starting time: ${began.toISOString()}\n\n${await configurationText(flags.conf)}\n`);
  try {
    await executeMap({ ...read, output }, console);
  } catch (error) {
    console.note(error instanceof Error ? error.message : String(error));
    throw error;
  }
  const ended = new Date();
  const total = ((ended.getTime() - began.getTime()) / 1000).toFixed(1);
  console.say(`Ending time: ${ended.toISOString()}\nTotal time: ${total} s`);
}

/** IGN's `flair-detect` command. */
export function flairDetectProgram(): Command {
  const program = new Command('flair-detect')
    .description('Map a raster as a configuration of IGN’s flair-detect says.')
    .version(packageVersion(), '-V, --version')
    .requiredOption('--conf <file>', 'configuration (YAML)')
    .exitOverride()
    .action(detect);
  addCommonOptions(program, 'overwrite', 'quiet', 'json').addHelpText(
    'after',
    '\nExample:\n  $ flair-detect --conf=flair-1-config-detect.yaml',
  );
  return program;
}
