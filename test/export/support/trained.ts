import { manualSeed, noGrad, ops } from '../../../src/engine/index.ts';
import { createModel, type SegmentationNetwork } from '../../../src/models/index.ts';
import { writeCheckpoint } from '../../../src/training/index.ts';

/** Where a small network of ours is written, and what it is. */
export const FACTS = {
  channels: [1, 2, 3],
  normalization: { kind: 'custom', means: [100, 90, 80], stds: [50, 40, 60] },
  classes: ['Bâtiment', 'végétation basse', 'eau', 'sol nu'].map((name, i) => ({
    ...{ name, weight: 1 },
    color: ['#db0e9a', '#46e483', '#1553ae', '#a97101'][i]!,
  })),
} as const;

/**
 * A network whose answers differ from pixel to pixel: random weights alone give scores so near to each other that comparing
 * classes says nothing.
 */
export function livelyNetwork(name: string, options: object = {}): SegmentationNetwork {
  manualSeed(5);
  const network = createModel({ name, inChannels: 3, classes: 4, ...options }).eval();
  const last = [...network.namedParameters()].filter(([key]) => key.endsWith('weight')).at(-1)!;
  noGrad(() => ops.mul_(last[1], 50));
  return network;
}

/** Writes a checkpoint of ours with a small network of random weights. */
export function writeSmallCheckpoint(
  path: string,
  network = livelyNetwork('mit_b0_segformer'),
  [encoder, decoder]: readonly [string, string] = ['mit_b0', 'segformer'],
): void {
  const description = {
    model: {
      architecture: {
        kind: 'encoder-decoder',
        encoder,
        decoder,
        encoderWeights: `/elsewhere/${encoder}.pth`,
      },
      ...{ channels: 3, classes: 4 },
    },
    ...FACTS,
    recipe: { name: 'small', seed: 5 },
  };
  const position = { epoch: 1, step: 0, globalStep: 1, lossSum: 0 };
  writeCheckpoint(path, network, description, null, { position });
}
