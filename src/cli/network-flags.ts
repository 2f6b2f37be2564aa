import { resolve } from 'node:path';
import {
  type ClassConfig,
  type ModelConfig,
  type NormalizationConfig,
  namesWholeNetwork,
  splitEncoderDecoder,
} from '../config/index.ts';
import type { NetworkDescription } from '../inference/index.ts';
import { describeModelFile } from '../workflows/describe-model.ts';
import { chooseClasses, FlagError } from './class-options.ts';

/** Flags that say what a network is, for checkpoints that do not. */
export interface NetworkFlags {
  readonly model?: string;
  /** `resnet34_unet`, or a Hugging Face name. */
  readonly arch?: string;
  readonly classes?: string;
  readonly config?: string;
  readonly channels?: readonly number[];
  readonly means?: readonly number[];
  readonly stds?: readonly number[];
  readonly norm?: Exclude<NormalizationConfig['kind'], 'sentinel'>;
}

function architecture(name: string): ModelConfig['architecture'] {
  if (namesWholeNetwork(name)) return { kind: 'huggingface', model: name };
  const split = splitEncoderDecoder(name);
  if ('problem' in split) {
    throw new FlagError(split.problem, {
      key: '--arch',
      remedy: split.suggestion ?? 'write encoder_decoder (resnet34_unet); `arpent models` lists them',
    });
  }
  return { kind: 'encoder-decoder', ...split, encoderWeights: null };
}

function normalization({ norm, means, stds }: NetworkFlags): NormalizationConfig {
  const kind = norm ?? (means || stds ? 'custom' : undefined);
  if (kind === undefined) {
    throw new FlagError('nothing says how pixel values are normalised', {
      key: '--norm',
      remedy: 'pass --norm scaling, --norm without, or --means and --stds with one number a channel',
    });
  }
  return kind === 'custom' ? { kind, means: means ?? [], stds: stds ?? [] } : { kind };
}

async function describedByFlags(flags: NetworkFlags): Promise<NetworkDescription> {
  const { arch, channels } = flags;
  if (arch === undefined) {
    throw new FlagError('this checkpoint does not say what network it belongs to', {
      file: flags.model,
      remedy:
        'pass --config with the configuration it was trained with, or --arch, --channels, --classes and --norm',
    });
  }
  if (channels === undefined) {
    throw new FlagError('nothing says which bands the network takes', {
      key: '--channels',
      remedy: 'pass them in the order of training: --channels 1,2,3,4,5',
    });
  }
  const { classes } = await chooseClasses(flags);
  return {
    model: { architecture: architecture(arch), channels: channels.length, classes: classes.length },
    channels,
    normalization: normalization(flags),
    classes,
  };
}

/**
 * What a network is: by a configuration, by the checkpoint itself (ours say so), or by flags. Channels that are named
 * choose the bands of the raster, in the order of training; a normalisation that is named replaces that of the checkpoint.
 * @throws FlagError saying which flag is missing
 */
export async function describeFromFlags(flags: NetworkFlags): Promise<NetworkDescription> {
  if (flags.config !== undefined) {
    const { loadRunConfig } = await import('../config/index.ts');
    const { describeNetwork } = await import('../workflows/index.ts');
    const { config } = await loadRunConfig(flags.config, { checkFiles: false });
    return normalisedAs(flags, {
      ...describeNetwork(config),
      ...(flags.channels ? { channels: flags.channels } : {}),
    });
  }
  if (flags.model === undefined) {
    throw new FlagError('nothing says which network to use', {
      key: '--model',
      remedy: 'pass --model with a checkpoint',
    });
  }
  const file = resolve(flags.model);
  const description = describeModelFile(file) ?? (await describedByFlags(flags));
  const classes: readonly ClassConfig[] =
    flags.classes === undefined ? description.classes : (await chooseClasses(flags)).classes;
  const chosen = { ...description, classes, channels: flags.channels ?? description.channels };
  return normalisedAs(flags, chosen);
}

/** The network with the normalisation that flags name, where they do. */
export function normalisedAs<Described extends Pick<NetworkDescription, 'normalization'>>(
  flags: NetworkFlags,
  description: Described,
): Described {
  const named = flags.norm !== undefined || flags.means !== undefined || flags.stds !== undefined;
  return named ? { ...description, normalization: normalization(flags) } : description;
}
