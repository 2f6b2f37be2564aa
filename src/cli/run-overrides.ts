import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HardwareConfig, RunConfig } from '../config/index.ts';
import { CheckpointMissingError } from '../workflows/index.ts';
import type { CommonOptions, ComputeFlags } from './common-options.ts';
import { applyTuningFlags, type TuningFlags } from './tuning-flags.ts';

/** What the command line may change of a run. */
export interface RunFlags extends CommonOptions, ComputeFlags, TuningFlags {
  readonly resume?: boolean;
}

function resumed({ tasks, outputs }: RunConfig): RunConfig['tasks'] {
  const checkpoint = join(outputs.checkpoints, 'last.ckpt');
  if (!existsSync(checkpoint)) {
    throw new CheckpointMissingError('there is nothing to resume: the run left no last.ckpt', {
      file: checkpoint,
      remedy: 'start the run without --resume, or name a checkpoint in the configuration',
    });
  }
  return { ...tasks, start: { kind: 'resume', checkpoint } };
}

/** The run with what the command line says about it. @throws CheckpointMissingError */
export function applyRunFlags(config: RunConfig, flags: RunFlags): RunConfig {
  const { hardware, data, outputs, training } = config;
  return {
    ...config,
    tasks: flags.resume === true ? resumed(config) : config.tasks,
    data: {
      ...data,
      skipBad: flags.skipBad ?? data.skipBad,
      workers: flags.workers ?? data.workers,
    },
    training: applyTuningFlags(training, flags),
    hardware: {
      ...hardware,
      device: (flags.device as HardwareConfig['device']) ?? hardware.device,
      precision: flags.precision ?? hardware.precision,
      threads: flags.threads ?? hardware.threads,
    },
    outputs: { ...outputs, overwrite: flags.overwrite ?? outputs.overwrite },
  };
}
