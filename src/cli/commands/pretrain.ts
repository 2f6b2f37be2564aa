import { type Command, InvalidArgumentError as UsageError } from 'commander';
import type { NormalizationConfig } from '../../config/index.ts';
import {
  addCommonOptions,
  addComputeOptions,
  type CommonOptions,
  type ComputeFlags,
  parseChannels,
  parseCount,
  parseNumbers,
  parseSize,
} from '../common-options.ts';

type NormKind = 'custom' | 'scaling' | 'without';

interface PretrainFlags extends CommonOptions, ComputeFlags {
  readonly encoder: string;
  readonly output: string;
  readonly weights?: string;
  readonly channels: readonly number[];
  readonly means?: readonly number[];
  readonly stds?: readonly number[];
  readonly norm?: NormKind;
  readonly maskPatch: number;
  readonly maskRatio: number;
  readonly crop: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly warmup?: number;
  readonly clip: number;
  readonly seed: number;
  readonly resume?: boolean;
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new UsageError(`"${text}" is not a number above 0`);
}

function parseFromZero(text: string): number {
  const value = Number(text);
  if (text !== '' && value >= 0) return value;
  throw new UsageError(`"${text}" is not a number from 0 up`);
}

function parseRatio(text: string): number {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw new UsageError(`"${text}" is not a share between 0 and 1`);
}

function parseNorm(text: string): NormKind {
  if (text === 'custom' || text === 'scaling' || text === 'without') return text;
  throw new UsageError(`"${text}" is not custom, scaling or without`);
}

function normalizationOf({ norm, means, stds }: PretrainFlags): NormalizationConfig {
  const kind = norm ?? (means || stds ? 'custom' : 'scaling');
  return kind === 'custom' ? { kind, means: means ?? [], stds: stds ?? [] } : { kind };
}

async function pretrain(images: string, flags: PretrainFlags): Promise<void> {
  const { cpus } = await import('node:os');
  const { resolve } = await import('node:path');
  const { Console } = await import('../console.ts');
  const { onInterrupt } = await import('../interrupt.ts');
  const { PretrainView } = await import('../pretrain-view.ts');
  const { runPretraining } = await import('../../training/index.ts');
  const { prepareCompute } = await import('../../workflows/compute.ts');
  const console = new Console(flags);
  const { channels, epochs, batchSize, learningRate, weightDecay, seed } = flags;
  const compute = prepareCompute({
    ...{ devices: 1, nodes: 1, strategy: 'auto', channelsLast: true },
    device: (flags.device ?? 'auto') as 'auto',
    threads: flags.threads ?? null,
    precision: flags.precision ?? 'fp32',
  });
  const interrupt = onInterrupt(() =>
    console.warn('stopping after this step; press Ctrl-C again to stop at once'),
  );
  const view = new PretrainView(console, epochs);
  try {
    const result = await runPretraining(
      {
        ...{ channels, epochs, batchSize, learningRate, weightDecay, seed },
        warmup: Math.min(flags.warmup ?? epochs / 20, epochs),
        images: resolve(images),
        output: resolve(flags.output),
        network: flags.encoder,
        start: flags.weights === undefined || flags.weights === 'none' ? null : flags.weights,
        normalization: normalizationOf(flags),
        masking: { patch: flags.maskPatch, ratio: flags.maskRatio },
        crop: flags.crop === 0 ? null : flags.crop,
        gradientClip: flags.clip === 0 ? null : flags.clip,
        workers: flags.workers ?? cpus().length,
        skipBad: flags.skipBad ?? false,
        overwrite: flags.overwrite ?? false,
        resume: flags.resume ?? false,
      },
      compute,
      (event) => view.handle(event),
      interrupt.signal,
    );
    view.end(result, flags.output);
  } finally {
    interrupt.release();
    console.close();
  }
}

/** `arpent pretrain`: an encoder learns from images without labels. */
export function register(program: Command): void {
  const command = program
    .command('pretrain')
    .description(
      'teach an encoder to fill in hidden parts of images without labels; `train` then starts from it',
    )
    .argument('<images>', 'a folder of images, or a CSV list (first column)')
    .requiredOption(
      '--encoder <name>',
      'an encoder (resnet34, tu-convnext_tiny) or a network (nvidia/mit-b0)',
    )
    .requiredOption(
      '-o, --output <folder>',
      'folder for encoder.safetensors, reconstructions.png and last.ckpt',
    )
    .option('--weights <name>', 'weights to begin with: imagenet, published, a file; random without it')
    .option('--channels <bands>', 'bands of the images: 1,2,3 or 1-5', parseChannels, [1, 2, 3])
    .option('--norm <kind>', 'custom, scaling or without; scaling without --means', parseNorm)
    .option('--means <numbers>', 'mean of each band', parseNumbers)
    .option('--stds <numbers>', 'standard deviation of each band', parseNumbers)
    .option('--mask-patch <pixels>', 'side of the squares that are hidden', parseCount, 32)
    .option('--mask-ratio <share>', 'share of the squares that is hidden', parseRatio, 0.6)
    .option(
      '--crop <pixels>',
      'side of the random square cut out of an image; 0 takes it whole',
      parseSize,
      192,
    )
    .option('--epochs <n>', 'passes over the images', parseCount, 100)
    .option('--batch-size <n>', 'images per step', parseCount, 16)
    .option('--learning-rate <rate>', 'highest learning rate (AdamW, half a cosine)', parsePositive, 4e-4)
    .option('--weight-decay <decay>', 'weight decay', parseFromZero, 0.05)
    .option(
      '--warmup <epochs>',
      'epochs in which the rate rises from zero; a twentieth without it',
      parseFromZero,
    )
    .option('--clip <norm>', 'largest gradient norm; 0 does not clip', parseFromZero, 5)
    .option('--seed <n>', 'seed of every random choice', parseSize, 0)
    .option('--resume', 'go on exactly where pre-training was interrupted')
    .action(pretrain);
  addCommonOptions(command, 'overwrite', 'skip-bad', 'quiet', 'json');
  addComputeOptions(command).addHelpText(
    'after',
    '\nExample:\n  $ arpent pretrain images/ --encoder resnet34 -o pretrained\n' +
      '  then in arpent.yaml: model: { encoder: resnet34, encoder_weights: pretrained/encoder.safetensors }',
  );
}
