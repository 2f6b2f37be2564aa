import type { Command } from 'commander';
import {
  addCommonOptions,
  addComputeOptions,
  type CommonOptions,
  type ComputeFlags,
  parseCount,
} from '../common-options.ts';

interface OutOfFoldFlags extends CommonOptions, ComputeFlags {
  readonly folds: number;
  readonly output: string;
}

async function predictOutOfFold(file: string, flags: OutOfFoldFlags): Promise<void> {
  const { basename, join, resolve } = await import('node:path');
  const { loadRunConfig } = await import('../../config/index.ts');
  const { readPatchList } = await import('../../data/index.ts');
  const { writeOutput } = await import('../../evaluation/index.ts');
  const { predictionNames } = await import('../../inference/index.ts');
  const { describeNetwork, findBestCheckpoint, CheckpointMissingError, predictGroup } = await import(
    '../../workflows/index.ts'
  );
  const { Console } = await import('../console.ts');
  const { runOfFold } = await import('../fold.ts');
  const { onInterrupt } = await import('../interrupt.ts');
  const { config } = await loadRunConfig(file);
  const { folds: of, overwrite = false, output } = flags;
  const runs = [];
  for (let fold = 1; fold <= of; fold++) {
    const run = await runOfFold(config, { fold, of });
    const checkpoint = findBestCheckpoint(run.outputs.checkpoints);
    if (checkpoint === null) {
      throw new CheckpointMissingError(`fold ${fold} of ${of} is not trained`, {
        file: run.outputs.checkpoints,
        remedy: `run: arpent train ${file} --fold ${fold}/${of}`,
      });
    }
    runs.push({ run, checkpoint, patches: await readPatchList(run.data.test!) });
  }
  const all = runs.flatMap(({ patches }) => patches);
  const names = predictionNames(all);
  const console = new Console(flags);
  const interrupt = onInterrupt(() => console.warn('stopping after this image'));
  try {
    let done = 0;
    for (const { run, checkpoint, patches } of runs) {
      const name = basename(run.outputs.folder);
      const model = {
        ...{ name, checkpoint, description: describeNetwork(run), views: [] },
        ...{ scales: null, size: null, device: null, precision: null, provider: null },
      };
      const group = { models: [model], classes: run.classes, rule: name, output: 'probabilities' } as const;
      await predictGroup(group, patches, {
        folder: output,
        names: names.slice(done, done + patches.length),
        device: (flags.device ?? 'auto') as 'auto',
        precision: flags.precision ?? 'fp32',
        threads: flags.threads ?? null,
        ...(flags.workers === undefined ? {} : { workers: flags.workers }),
        overwrite,
        onProgress: (count) =>
          console.progress({ label: name, done: done + count, total: all.length, unit: 'images' }),
        signal: interrupt.signal,
      });
      done += patches.length;
    }
    const lines = all.map(({ image, mask }) => `${resolve(image)},${mask === null ? '' : resolve(mask)}`);
    const list = join(output, 'out-of-fold.csv');
    await writeOutput(list, `${lines.join('\n')}\n`, { overwrite });
    console.result(
      `written ${output}: ${all.length} images, each by the network that never saw it; list ${list}`,
    );
    console.emit('out-of-fold', { output, list, images: all.length, folds: of });
  } finally {
    interrupt.release();
    console.close();
  }
}

/** Adds `out-of-fold` to `arpent ensemble`. */
export function registerOutOfFold(ensemble: Command): void {
  const command = ensemble
    .command('out-of-fold')
    .description('predict every patch with the network of the fold that held it out (after train --fold)')
    .argument('<file>', 'configuration of the run (YAML)')
    .requiredOption('--folds <n>', 'number of folds', parseCount)
    .requiredOption('-o, --output <folder>', 'folder of the PRED_ probabilities and out-of-fold.csv')
    .action(predictOutOfFold);
  addCommonOptions(command, 'overwrite', 'quiet', 'json');
  addComputeOptions(command);
}
