import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HardwareConfig, RunConfig } from '../config/index.ts';
import { CheckpointMissingError } from '../workflows/index.ts';
import type { CommonOptions, ComputeFlags } from './common-options.ts';

/** What the command line may change of a run. */
export interface RunFlags extends CommonOptions, ComputeFlags {
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
  const { hardware, data, outputs } = config;
  return {
    ...config,
    tasks: flags.resume === true ? resumed(config) : config.tasks,
    data: {
      ...data,
      skipBad: flags.skipBad ?? data.skipBad,
      workers: flags.workers ?? data.workers,
    },
    hardware: {
      ...hardware,
      device: (flags.device as HardwareConfig['device']) ?? hardware.device,
      precision: flags.precision ?? hardware.precision,
      threads: flags.threads ?? hardware.threads,
    },
    outputs: { ...outputs, overwrite: flags.overwrite ?? outputs.overwrite },
  };
}
