import type { Command } from 'commander';
import type { HardwareConfig } from '../../config/index.ts';
import type { NetworkDescription } from '../../inference/index.ts';
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

/** The network with the Sentinel statistics of other images than it was trained on. */
function withStatistics(description: NetworkDescription, file: string | undefined): NetworkDescription {
  if (file === undefined || description.normalization.kind !== 'sentinel') return description;
  return { ...description, normalization: { ...description.normalization, file } };
}

async function predict(file: string | undefined, flags: PredictFlags): Promise<void> {
  if (file !== undefined) return predictRunOf(file, flags);
  const { resolve } = await import('node:path');
  const { Console } = await import('../console.ts');
  const { onInterrupt } = await import('../interrupt.ts');
  const { describeFromFlags } = await import('../network-flags.ts');
  const { listImages } = await import('../predict-request.ts');
  const { loadPredictor, predictPatches } = await import('../../inference/index.ts');
  const { predictorCompute, rasterClasses } = await import('../../workflows/index.ts');
  const description = withStatistics(await describeFromFlags(flags), flags.sentinel);
  const patches = await listImages(flags.images ?? []);
  const console = new Console(flags);
  const { sentinelRemark } = await import('../sentinel-remark.ts');
  const remark = await sentinelRemark(
    description,
    patches.map(({ image }) => image),
  );
  if (remark !== null) console.warn(remark);
  const weights = resolve(flags.model!);
  const hardware: HardwareConfig = {
    device: (flags.device ?? 'auto') as 'auto',
    threads: flags.threads ?? null,
    precision: flags.precision ?? 'fp32',
    channelsLast: true,
    ...{ devices: 1, nodes: 1, strategy: 'auto' },
  };
  const predictor = loadPredictor(description, weights, predictorCompute(weights, hardware, flags.provider));
  const interrupt = onInterrupt(() => console.warn('stopping after this image'));
  const folder = resolve(flags.output ?? 'predictions');
  try {
    const { predictions, bad } = await predictPatches(predictor, patches, {
      channels: description.channels,
      classes: rasterClasses(description.classes),
      folder,
      overwrite: flags.overwrite ?? false,
      skipBad: flags.skipBad ?? false,
      ...(flags.workers === undefined ? {} : { workers: flags.workers }),
      onProgress: (done, total) => console.progress({ label: 'prediction', done, total, unit: 'images' }),
      signal: interrupt.signal,
    });
    for (const { error } of bad) console.warn(`left out: ${error.message.split('\n')[0]}`);
    console.say(`${predictions.length} images predicted: ${folder}`);
    console.emit('predictions', { folder, files: predictions.map(({ prediction }) => prediction) });
  } finally {
    interrupt.release();
    predictor.dispose();
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
