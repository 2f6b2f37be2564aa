import type { Command } from 'commander';
import {
  addCommonOptions,
  addComputeOptions,
  addProviderOption,
  type CommonOptions,
  type ComputeFlags,
} from '../common-options.ts';

interface GroupFlags extends CommonOptions, ComputeFlags {
  readonly images: readonly string[];
  readonly output: string;
  readonly members?: boolean;
}

async function predictTogether(file: string, flags: GroupFlags): Promise<void> {
  const { join } = await import('node:path');
  const { stringify } = await import('yaml');
  const { writeOutput } = await import('../../evaluation/index.ts');
  const { predictGroup, readModelGroup } = await import('../../workflows/index.ts');
  const { Console } = await import('../console.ts');
  const { onInterrupt } = await import('../interrupt.ts');
  const { listImages } = await import('../predict-request.ts');
  const { sentinelRemark } = await import('../sentinel-remark.ts');
  const group = await readModelGroup(file);
  const patches = await listImages(flags.images);
  const console = new Console(flags);
  for (const { name, description } of group.models) {
    const remark = await sentinelRemark(
      description,
      patches.map(({ image }) => image),
    );
    if (remark !== null) console.warn(`${name}: ${remark}`);
  }
  const interrupt = onInterrupt(() => console.warn('stopping after this image'));
  const overwrite = flags.overwrite ?? false;
  try {
    const files = await predictGroup(group, patches, {
      folder: flags.output,
      device: (flags.device ?? 'auto') as 'auto',
      precision: flags.precision ?? 'fp32',
      threads: flags.threads ?? null,
      provider: flags.provider,
      members: flags.members ?? false,
      ...(flags.workers === undefined ? {} : { workers: flags.workers }),
      overwrite,
      onProgress: (done, total) => console.progress({ label: 'ensemble', done, total, unit: 'images' }),
      signal: interrupt.signal,
    });
    const record = join(flags.output, 'rule.yaml');
    const { models, rule, output } = group;
    const said = models.map(({ description, ...model }) => ({
      ...{ ...model, channels: description.channels, normalization: description.normalization },
    }));
    await writeOutput(record, stringify({ models: said, rule, output }, { aliasDuplicateObjects: false }), {
      overwrite,
    });
    console.result(
      `written ${flags.output}: ${files.length} images by ${models.length} networks, rule ${record}`,
    );
    console.emit('predicted', { output: flags.output, images: files.length, models: models.length });
  } finally {
    interrupt.release();
    console.close();
  }
}

/** Adds `predict` to `arpent ensemble`. */
export function registerPredict(ensemble: Command): void {
  const command = ensemble
    .command('predict')
    .description('predict images with several networks at once, each seeing them in its own way')
    .argument('<models>', 'YAML: models by name, and the rule that joins them')
    .requiredOption('--images <paths...>', 'images, folders of images, or CSV lists')
    .option('--members', 'also write what each network says, a folder each')
    .requiredOption('-o, --output <folder>', 'folder of the PRED_ files')
    .action(predictTogether);
  addCommonOptions(command, 'overwrite', 'quiet', 'json');
  addProviderOption(addComputeOptions(command));
}
