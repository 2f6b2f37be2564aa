import type { Command } from 'commander';
import { addCommonOptions, addComputeOptions, addProviderOption } from '../common-options.ts';
import type { NetworkFlags } from '../network-flags.ts';
import { type Fold, parseFold } from '../parse-fold.ts';
import type { RunFlags } from '../run-overrides.ts';
import { addNetworkOptions } from './map.ts';

interface PredictFlags extends RunFlags, NetworkFlags {
  readonly images?: readonly string[];
  readonly output?: string;
  readonly fold?: Fold;
  readonly sentinel?: string;
}

async function predictRunOf(file: string, flags: PredictFlags): Promise<void> {
  const { loadRunConfig } = await import('../../config/index.ts');
  const { Console } = await import('../console.ts');
  const { executeRun, showWarnings } = await import('../execute-run.ts');
  const { predictionTasks } = await import('../predict-request.ts');
  const { applyRunFlags } = await import('../run-overrides.ts');
  const { config, warnings } = await loadRunConfig(file);
  const console = new Console(flags);
  showWarnings(console, file, warnings);
  const { fold } = flags;
  const run = fold === undefined ? config : await (await import('../fold.ts')).runOfFold(config, fold);
  await executeRun(predictionTasks(applyRunFlags(run, flags), flags.model), console, {
    resumeWith: `arpent predict ${file}${fold ? ` --fold ${fold.fold}/${fold.of}` : ''} --overwrite`,
  });
}

async function predict(file: string | undefined, flags: PredictFlags): Promise<void> {
  if (file !== undefined) return predictRunOf(file, flags);
  const { resolve } = await import('node:path');
  const { Console } = await import('../console.ts');
  const { predictImages } = await import('../predict-images.ts');
  const { listImages } = await import('../predict-request.ts');
  const patches = await listImages(flags.images ?? []);
  const console = new Console(flags);
  const folder = resolve(flags.output ?? 'predictions');
  try {
    const { files } = await predictImages(flags, patches, folder, console);
    console.say(`${files.length} images predicted: ${folder}`);
    console.emit('predictions', { folder, files });
  } finally {
    console.close();
  }
}

/** `arpent predict`: masks of whole images. */
export function register(program: Command): void {
  const command = program
    .command('predict')
    .description('predict the test list of a configuration, or any images with a checkpoint')
    .argument('[file]', 'configuration of the run (YAML)')
    .option('--images <paths...>', 'images, folders of images, or CSV lists')
    .option('--fold <k/n>', 'predict the part that fold k of n held out (after train --fold)', parseFold)
    .option('--sentinel <json>', 'statistics.json of arpent sentinel for these images')
    .option('-o, --output <folder>', 'folder of the PRED_ files (default: predictions)')
    .action(predict);
  addProviderOption(addNetworkOptions(command));
  addCommonOptions(command, 'overwrite', 'skip-bad', 'quiet', 'json');
  addComputeOptions(command).addHelpText(
    'after',
    '\nExamples:\n  $ arpent predict arpent.yaml\n' +
      '  $ arpent predict --model runs/dubai/checkpoints/best.ckpt --images patches/ -o predictions',
  );
}
