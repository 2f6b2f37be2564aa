import { resolve } from 'node:path';
import type { HardwareConfig } from '../config/index.ts';
import type { Patch } from '../data/index.ts';
import { loadPredictor, type NetworkDescription, predictPatches } from '../inference/index.ts';
import { predictorCompute, rasterClasses } from '../workflows/index.ts';
import type { CommonOptions, ComputeFlags } from './common-options.ts';
import type { Console } from './console.ts';
import { onInterrupt } from './interrupt.ts';
import { describeFromFlags, type NetworkFlags } from './network-flags.ts';
import { sentinelRemark } from './sentinel-remark.ts';

/** What the command line says of a network and of how it computes. */
export interface PredictImagesFlags extends CommonOptions, ComputeFlags, NetworkFlags {
  /** Statistics by image, for networks that were trained with those of other images. */
  readonly sentinel?: string;
}

/** The network with the Sentinel statistics of other images than it was trained on. */
function withStatistics(description: NetworkDescription, file: string | undefined): NetworkDescription {
  if (file === undefined || description.normalization.kind !== 'sentinel') return description;
  return { ...description, normalization: { ...description.normalization, file } };
}

/** Predicts images as a whole with the network that flags name; Ctrl-C stops after an image. */
export async function predictImages(
  flags: PredictImagesFlags,
  patches: readonly Patch[],
  folder: string,
  console: Console,
): Promise<{ readonly description: NetworkDescription; readonly files: readonly string[] }> {
  const description = withStatistics(await describeFromFlags(flags), flags.sentinel);
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
    return { description, files: predictions.map(({ prediction }) => prediction) };
  } finally {
    interrupt.release();
    predictor.dispose();
  }
}
