import { type Command, InvalidArgumentError as UsageError } from 'commander';
import type { TuningConfig } from '../config/index.ts';
import { parseCount } from './common-options.ts';

/** Flags over the ways of fine-tuning of a configuration. */
export interface TuningFlags {
  readonly gradientCheckpointing?: boolean;
  readonly freezeEncoder?: number | 'all';
  readonly freezeEpochs?: number;
  readonly layerDecay?: number;
  readonly layerDecayBy?: 'block' | 'stage';
  readonly weightAverage?: number;
}

function parseStages(text: string): number | 'all' {
  if (text === 'all') return text;
  const stages = Number(text);
  if ([1, 2, 3, 4].includes(stages)) return stages;
  throw new UsageError(`"${text}" is neither all nor a number of stages from 1 to 4`);
}

function parseShare(text: string): number {
  const share = Number(text);
  if (share > 0 && share <= 1) return share;
  throw new UsageError(`"${text}" is not a number above 0 and up to 1`);
}

function parseAverage(text: string): number {
  const decay = parseShare(text);
  if (decay < 1) return decay;
  throw new UsageError(
    'an average that keeps all of itself never changes; give a number below 1, such as 0.999',
  );
}

function parseLayer(text: string): 'block' | 'stage' {
  if (text === 'block' || text === 'stage') return text;
  throw new UsageError(`"${text}" is neither block nor stage`);
}

/** Adds the options of {@link TuningFlags}. */
export function addTuningOptions(command: Command): Command {
  return command
    .option('--gradient-checkpointing', 'less memory, more time: compute activations twice')
    .option('--freeze-encoder <stages>', 'keep the first 1 to 4 stages of the encoder, or all', parseStages)
    .option('--freeze-epochs <n>', 'for so many epochs; to the end without it', parseCount)
    .option('--layer-decay <factor>', 'learning rate of a layer over that of the next one', parseShare)
    .option('--layer-decay-by <what>', 'layers are encoder blocks or stages: block or stage', parseLayer)
    .option('--weight-average <decay>', 'validate and save a moving average of the weights', parseAverage);
}

/** The flags as they were typed, for a command that goes on with the same training; empty without any. */
export function tuningFlagsText(flags: TuningFlags): string {
  const words: string[] = [];
  const add = (name: string, value: unknown) => {
    if (value !== undefined) words.push(value === true ? ` --${name}` : ` --${name} ${value}`);
  };
  add('gradient-checkpointing', flags.gradientCheckpointing);
  add('freeze-encoder', flags.freezeEncoder);
  add('freeze-epochs', flags.freezeEpochs);
  add('layer-decay', flags.layerDecay);
  add('layer-decay-by', flags.layerDecayBy);
  add('weight-average', flags.weightAverage);
  return words.join('');
}

/** The configuration with what the command line says about it. */
export function applyTuningFlags<Training extends TuningConfig>(
  training: Training,
  flags: TuningFlags,
): Training {
  const { freezeEncoder, layerDecay, weightAverage } = training;
  const freezes = flags.freezeEncoder !== undefined || flags.freezeEpochs !== undefined;
  const decays = flags.layerDecay !== undefined || flags.layerDecayBy !== undefined;
  return {
    ...training,
    gradientCheckpointing: flags.gradientCheckpointing ?? training.gradientCheckpointing,
    freezeEncoder: freezes
      ? {
          stages: flags.freezeEncoder ?? freezeEncoder?.stages ?? 'all',
          epochs: flags.freezeEpochs ?? freezeEncoder?.epochs ?? null,
        }
      : freezeEncoder,
    layerDecay: decays
      ? {
          factor: flags.layerDecay ?? layerDecay?.factor ?? 0.75,
          by: flags.layerDecayBy ?? layerDecay?.by ?? 'block',
        }
      : layerDecay,
    weightAverage:
      flags.weightAverage === undefined
        ? weightAverage
        : { decay: flags.weightAverage, warmUp: weightAverage?.warmUp ?? true },
  };
}
