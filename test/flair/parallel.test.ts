import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { loadRunConfig, type RunConfig } from '../../src/config/index.ts';
import { disposeBatch, type Patch } from '../../src/data/index.ts';
import { manualSeed } from '../../src/engine/index.ts';
import { createModel } from '../../src/models/index.ts';
import { BatchNorm2d, WeightAverage } from '../../src/nn/index.ts';
import {
  ALONE,
  buildLoss,
  buildOptimizer,
  buildParameterGroups,
  EncoderFreeze,
  joinGroup,
  listen,
  Monitor,
  type Team,
  type TrainingState,
  teamOf,
  trainNetwork,
} from '../../src/training/index.ts';
import { readLists, trainingLoader, validationLoader } from '../../src/workflows/index.ts';
import { temporaryFolder } from '../raster/fixtures.ts';
import { makeFlairDataset } from './dataset.ts';

vi.setConfig({ testTimeout: 120_000 });
const folder = temporaryFolder();

const TEXT = `
name: parallel
output: runs
seed: 5
tasks: { predict: false, metrics: false }
data: { train: train.csv, validation: val.csv, channels: [1, 2, 3], workers: 2, skip_bad: true }
classes: generic-4
model: { name: unet, encoder: resnet18, encoder_weights: none }
optimizer: { type: adamw, learning_rate: 0.001 }
training: { epochs: 2, batch_size: 2 }
`;

let config: RunConfig;
let lists: { readonly train: readonly Patch[]; readonly validation: readonly Patch[] };

beforeAll(async () => {
  await makeFlairDataset(folder, { size: 32, counts: [9, 5, 0] });
  writeFileSync(join(folder, 'run.yaml'), TEXT);
  config = (await loadRunConfig(join(folder, 'run.yaml'))).config;
  lists = await readLists(config);
});

async function teams(size: number): Promise<Team[]> {
  if (size === 1) return [ALONE];
  const door = await listen(0, false);
  const master = { host: '127.0.0.1', port: door.port };
  const common = { size, master, open: false, job: 'job', token: 'secret', timeout: 20_000 };
  const groups = Array.from({ length: size }, (_, rank) =>
    joinGroup({ ...common, rank, ...(rank === 0 ? { door } : {}) }),
  );
  return (await Promise.all(groups)).map(teamOf);
}

interface Options {
  readonly batchSize?: number;
  /** Layers of batch normalisation learn from their own batches. */
  readonly liveStatistics?: boolean;
  readonly freeze?: { stages: number; epochs: number };
  readonly average?: boolean;
  readonly resume?: TrainingState;
  /** Stops after so many steps. */
  readonly stopAfter?: number;
}

/** Trains as one rank; ranks of one process share the random generator, so nothing here draws from it. */
async function trainAs(team: Team, options: Options, seed = 3) {
  const { batchSize = 2, liveStatistics = false } = options;
  const run = { ...config, training: { ...config.training, batchSize } };
  manualSeed(seed + team.rank);
  const network = createModel({ name: 'mobilenet_v2_unet', classes: 4, decoderChannels: [16, 16, 16, 8, 8] });
  if (!liveStatistics) {
    const train = network.train.bind(network);
    network.train = (on = true) => {
      train(on);
      for (const [, module] of network.namedModules()) if (module instanceof BatchNorm2d) module.eval();
      return network;
    };
  }
  await team.shareState(network);
  const surroundings = { divisor: 32, metadata: null };
  const freeze = options.freeze ? new EncoderFreeze(network, options.freeze) : null;
  const optimizer = buildOptimizer(run.optimizer, buildParameterGroups(network, run.optimizer, null));
  const average = options.average ? new WeightAverage(network, { decay: 0.5 }) : null;
  const saved: TrainingState[] = [];
  const stop = new AbortController();
  const result = await trainNetwork({
    ...{ network, team, optimizer, freeze, average },
    train: trainingLoader(run, lists.train, surroundings, team),
    validation: validationLoader(run, lists.validation, surroundings, team),
    loss: buildLoss(
      { terms: [{ kind: 'cross_entropy', weight: 1, labelSmoothing: 0 }], classWeights: false },
      run.classes,
    ),
    ...{ schedule: null, scaler: null, resume: options.resume ?? null, gradientClip: 1, epochs: 2 },
    monitor: new Monitor({ monitor: 'val_loss', mode: 'min', patience: null, minDelta: 0 }),
    classes: run.classes,
    ...{ seed: 5, compat: 'none', stepEvents: 1 },
    compute: { device: 'cpu', precision: 'fp32', channelsLast: false },
    onEvent: (event) => {
      // A rank that is not the first: whoever is asked to stop, all do.
      if (event.kind === 'step' && event.globalStep === options.stopAfter && team.rank === team.size - 1)
        stop.abort();
    },
    save: (_reason, state) => saved.push(state),
    signal: stop.signal,
  });
  const weights = new Map(Array.from(network.stateDict(), ([name, { data }]) => [name, Buffer.from(data)]));
  const numbers = network.parameters().map((parameter) => parameter.detach().toFloat32());
  network.dispose();
  optimizer.dispose();
  return { result, weights, numbers, saved };
}

async function trainTogether(size: number, options: Options) {
  const ranks = await teams(size);
  try {
    return await Promise.all(ranks.map((team) => trainAs(team, options)));
  } finally {
    for (const team of ranks) team.close();
  }
}

type Trained = Awaited<ReturnType<typeof trainAs>>;

function expectSameBits(one: Trained, other: Trained): void {
  for (const [name, bytes] of one.weights) expect(bytes.equals(other.weights.get(name)!), name).toBe(true);
}

function largestDifference(one: Trained, other: Trained): number {
  let largest = 0;
  for (const [i, values] of one.numbers.entries()) {
    for (let j = 0; j < values.length; j++) {
      largest = Math.max(largest, Math.abs(values[j]! - other.numbers[i]![j]!));
    }
  }
  return largest;
}

beforeEach(() => rmSync(join(folder, 'runs'), { recursive: true, force: true }));

test.each([
  ['', {}],
  [
    ', with a frozen encoder that thaws and an average of the weights',
    { freeze: { stages: 2, epochs: 1 }, average: true },
  ],
])('two processes with a batch of 2 learn what one with a batch of 4 does%s', async (_title, options) => {
  const [first, second] = (await trainTogether(2, options)) as [Trained, Trained];
  expectSameBits(first, second);
  // The order of 9 patches begins anew for the second process, so that both have 5: two whole batches each.
  const [alone] = (await trainTogether(1, { ...options, batchSize: 4 })) as [Trained];
  expect(largestDifference(first, alone)).toBeLessThan(2e-4);
  const [log, expected] = [first, alone].map(({ result }) => result.history.at(-1)!) as [
    Record<string, number>,
    Record<string, number>,
  ];
  expect(log.train_loss).toBeCloseTo(expected.train_loss!, 4);
  expect(log.train_miou).toBeCloseTo(expected.train_miou!, 2);
  expect(first.saved.length).toBeGreaterThan(0);
  expect(second.saved).toEqual([]);
});

test('validation is shared out whole, and its scores do not depend on how many share it', async () => {
  const [first, second] = (await trainTogether(3, {})) as [Trained, Trained];
  expect(first.result.history).toEqual(second.result.history);
  const order: string[] = [];
  for (const rank of [0, 1, 2]) {
    const loader = validationLoader(
      config,
      lists.validation,
      { divisor: 32, metadata: null },
      { rank, size: 3 },
    );
    expect(loader.batchCount()).toBe(1);
    for await (const batch of loader.batches()) order.push(...batch.patches.map(({ image }) => image));
  }
  expect(order).toEqual(lists.validation.map(({ image }) => image));
});

test('batch statistics are those of the first rank everywhere', async () => {
  const [first, second] = (await trainTogether(2, { liveStatistics: true })) as [Trained, Trained];
  expectSameBits(first, second);
});

test('all stop when one is asked to; within an epoch only as many can go on', async () => {
  const parts = (await trainTogether(2, { stopAfter: 1 })) as [Trained, Trained];
  for (const { result } of parts) expect(result.stopped).toBe('interrupted');
  const resume = parts[0].saved.at(-1)!;
  expect(resume).toMatchObject({ position: { epoch: 0, step: 1 }, ranks: 2 });
  await expect(trainTogether(1, { resume })).rejects.toThrow('stopped within an epoch of 2 processes');
});

test('a patch that one process cannot read is left out by all', async () => {
  const train = lists.train.map((patch, i) => (i === 4 ? { ...patch, image: `${patch.image}.gone` } : patch));
  const kept = lists;
  lists = { ...lists, train };
  try {
    const [first, second] = (await trainTogether(2, {})) as [Trained, Trained];
    expectSameBits(first, second);
    expect(first.saved.at(-1)!.badPlaces).toEqual([4]);
  } finally {
    lists = kept;
  }
});

test('shares of an epoch are as many for each, and together the order of one process', async () => {
  const run = { ...config, training: { ...config.training, batchSize: 1 } };
  const order = async (rank: number, size: number) => {
    const loader = trainingLoader(run, lists.train, { divisor: 32, metadata: null }, { rank, size });
    const images: string[] = [];
    for await (const batch of loader.batches(2)) {
      images.push(...batch.patches.map(({ image }) => image));
      disposeBatch(batch);
    }
    return images;
  };
  const all = await order(0, 1);
  const shares = await Promise.all([0, 1, 2, 3].map((rank) => order(rank, 4)));
  expect(shares.map(({ length }) => length)).toEqual([3, 3, 3, 3]);
  expect([0, 1, 2].flatMap((i) => shares.map((share) => share[i]))).toEqual([...all, ...all.slice(0, 3)]);
});
