import { createHash } from 'node:crypto';
import { cpus } from 'node:os';
import type { RunConfig } from '../../config/index.ts';
import { cudaDeviceCount } from '../../engine/index.ts';
import type { World } from '../../training/index.ts';

/** The run as one of several processes on this machine does it: a GPU of its own, or its part of the CPU's cores. */
export function settleHardware(config: RunConfig, localRank: number, { localSize }: World): RunConfig {
  const { hardware, data } = config;
  const device =
    hardware.device === 'cpu' || cudaDeviceCount() === 0 ? 'cpu' : (`cuda:${localRank}` as const);
  const cores = Math.max(1, Math.floor(cpus().length / localSize));
  return {
    ...config,
    hardware: { ...hardware, device, devices: 1, nodes: 1, threads: hardware.threads ?? cores },
    data: { ...data, workers: data.workers || cores },
  };
}

/** A fingerprint of all that must be the same on every machine; paths may differ. */
export function fingerprint(config: RunConfig, patches: readonly number[]): string {
  const { seed, compat, model, classes, normalization, augmentation, loss, optimizer, scheduler, training } =
    config;
  const { channels, masks } = config.data;
  const { start } = config.tasks;
  const same = {
    seed,
    compat,
    model,
    classes,
    normalization,
    augmentation,
    loss,
    optimizer,
    scheduler,
    training,
  };
  return createHash('sha256')
    .update(JSON.stringify({ ...same, channels, masks, start: start.kind, patches }))
    .digest('hex');
}
