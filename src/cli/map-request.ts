import { basename, dirname, resolve } from 'node:path';
import { type HardwareConfig, loadMapConfig, type MapConfig, mapConfigOfRun } from '../config/index.ts';
import { isOnnxFile, parseByteSize, readOnnxCard } from '../inference/index.ts';
import { FlagError } from './class-options.ts';
import type { CommonOptions, ComputeFlags } from './common-options.ts';
import type { MemberFlags } from './map-members.ts';
import type { StreamFlags } from './map-stream-options.ts';
import { describeFromFlags, type NetworkFlags, normalisedAs } from './network-flags.ts';

/** What the command line says about a map. */
export interface MapFlags extends CommonOptions, ComputeFlags, NetworkFlags, MemberFlags, StreamFlags {
  readonly memory?: string;
  readonly cudaGraphs?: boolean;
  readonly dryRun?: boolean;
  readonly verify?: string;
  readonly output?: string;
  readonly conf?: string;
  readonly outputType?: MapConfig['output']['type'];
  readonly batchSize?: number;
  readonly compat?: MapConfig['compat'];
  readonly writeTiles?: boolean;
  readonly allowRemote?: boolean;
}

const HARDWARE: HardwareConfig = {
  ...{ device: 'auto', devices: 1, nodes: 1, strategy: 'auto' },
  ...{ threads: null, precision: 'fp32', channelsLast: true },
};

function required<Value>(value: Value | undefined, key: string, what: string): Value {
  if (value !== undefined) return value;
  throw new FlagError(`nothing says ${what}`, {
    key,
    remedy: `pass ${key}, or --conf with a file of IGN’s flair-detect`,
  });
}

const isRemote = (path: string) => /^[a-z]+:\/\//.test(path);

async function mapOfFlags(input: string, flags: MapFlags): Promise<MapConfig> {
  const output = resolve(required(flags.output, '--output', 'where the map goes'));
  const weights = resolve(required(flags.model, '--model', 'which network to use'));
  const place = isRemote(input) ? input : resolve(input);
  if (flags.config !== undefined) {
    const { loadRunConfig } = await import('../config/index.ts');
    const { config } = await loadRunConfig(flags.config, { checkFiles: false });
    return { ...mapConfigOfRun(config, { input: place, output, weights }), input: place };
  }
  const { model, channels, normalization, classes } = await describeFromFlags(flags);
  // A file that takes one size only says how large windows are.
  const size = (isOnnxFile(weights) ? readOnnxCard(weights).side : undefined) ?? null;
  return {
    ...{ model, channels, normalization, classes, weights, input: place },
    source: { file: null, format: 'arpent' },
    compat: 'none',
    output: {
      folder: dirname(output),
      name: basename(output),
      ...{ type: 'argmax', existing: 'error', writeTiles: false, writeLog: false },
    },
    window: { size, margin: null },
    ...{ batchSize: 1, workers: 2, hardware: HARDWARE, memory: null },
  };
}

/** Where the flags put the result of a configuration file. */
function outputOf({ output }: MapConfig, flags: MapFlags): MapConfig['output'] {
  const path = flags.output === undefined ? null : resolve(flags.output);
  return {
    ...output,
    ...(path === null ? {} : { folder: dirname(path), name: basename(path), existing: 'error' as const }),
    ...(flags.overwrite === true ? { existing: 'overwrite' as const } : {}),
    type: flags.outputType ?? output.type,
    writeTiles: flags.writeTiles ?? output.writeTiles,
  };
}

/**
 * The map that a command line asks for: by flags alone, or by a file of IGN's `flair-detect` with flags on top.
 * @throws FlagError, ConfigError
 */
export async function mapConfigOfFlags(
  input: string | undefined,
  flags: MapFlags,
): Promise<{ config: MapConfig; warnings: Awaited<ReturnType<typeof loadMapConfig>>['warnings'] }> {
  const { config: base, warnings } =
    flags.conf === undefined
      ? { config: await mapOfFlags(required(input, '<ortho>', 'which raster to map'), flags), warnings: [] }
      : await loadMapConfig(flags.conf);
  const { hardware, window } = base;
  const config: MapConfig = {
    ...normalisedAs(flags, base),
    input: input === undefined ? base.input : isRemote(input) ? input : resolve(input),
    weights: flags.model === undefined ? base.weights : resolve(flags.model),
    channels: flags.channels ?? base.channels,
    compat: flags.compat ?? base.compat,
    output: outputOf(base, flags),
    window: { size: flags.tile ?? window.size, margin: flags.margin ?? window.margin },
    batchSize: flags.batchSize ?? base.batchSize,
    workers: flags.workers ?? base.workers,
    memory: flags.memory === undefined ? base.memory : parseByteSize(flags.memory),
    hardware: {
      ...hardware,
      device: (flags.device as HardwareConfig['device']) ?? hardware.device,
      precision: flags.precision ?? hardware.precision,
      threads: flags.threads ?? hardware.threads,
    },
  };
  refuseStatisticsByImage(config.normalization);
  return { config, warnings };
}

/** A raster has no Sentinel patch of its own; falling back in silence would give another map than the network was trained for. */
export function refuseStatisticsByImage({ kind }: MapConfig['normalization']): void {
  if (kind !== 'sentinel') return;
  throw new FlagError(
    'this network normalises each patch by statistics of its own (Sentinel-2), which windows of a raster do not have',
    {
      key: '--norm',
      remedy:
        'predict patches (arpent predict, arpent ensemble predict), or map with --norm custom and one mean and deviation a ' +
        'channel (--means, --stds)',
    },
  );
}
