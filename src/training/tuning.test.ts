import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { OptimizerConfig } from '../config/index.ts';
import { manualSeed, ops, randn, scope, zeros } from '../engine/index.ts';
import { createModel, type SegmentationNetwork } from '../models/index.ts';
import { CheckpointTape, CrossEntropyLoss, WeightAverage } from '../nn/index.ts';
import {
  buildOptimizer,
  buildParameterGroups,
  buildSchedule,
  type ComputeOptions,
  EncoderFreeze,
  trainStep,
} from './index.ts';

const compute: ComputeOptions = { device: 'cpu', precision: 'fp32', channelsLast: false };
const sgd: OptimizerConfig = {
  kind: 'sgd',
  learningRate: 0.1,
  momentum: 0,
  nesterov: false,
  weightDecay: 0,
};

function build(name = 'resnet18_unet'): SegmentationNetwork {
  manualSeed(1);
  return createModel({ name, classes: 3, decoderChannels: [16, 16, 16, 8, 8] });
}

function batch(size = 32) {
  manualSeed(2);
  const images = randn([2, 3, size, size]);
  const targets = ops.argmax(randn([2, 3, size, size]), 1);
  return { images, targets, metadata: null, sizes: [], names: [] } as never;
}

function stepOf(network: SegmentationNetwork, options: { gradientCheckpointing?: boolean } = {}) {
  const optimizer = buildOptimizer(sgd, buildParameterGroups(network, sgd, null));
  const parts = {
    network,
    optimizer,
    loss: new CrossEntropyLoss(),
    scaler: null,
    gradientClip: null,
    compute,
  };
  return () => trainStep({ ...parts, ...options }, batch(), false).loss;
}

/** A fingerprint of every tensor. */
const numbers = (network: SegmentationNetwork) =>
  new Map(
    Array.from(network.stateDict(), ([name, { data }]) => [
      name,
      createHash('sha1').update(data).digest('hex'),
    ]),
  );

describe('a frozen encoder', () => {
  it('keeps weights and statistics of its first stages, and learns after the epochs it was given', () => {
    const network = build();
    const step = stepOf(network);
    const freeze = new EncoderFreeze(network, { stages: 2, epochs: 1 });
    const isFrozen = (name: string) => /^encoder\.(conv1|bn1|layer1|layer2)\./.test(name);
    const trainEpoch = (epoch: number) => {
      const before = numbers(network);
      network.train();
      freeze.apply(epoch);
      step();
      step();
      const after = numbers(network);
      return [...before.keys()].filter((name) => before.get(name) !== after.get(name));
    };
    const moved = trainEpoch(0);
    expect(moved.filter(isFrozen)).toEqual([]);
    const others = [...numbers(network).keys()].filter((name) => !isFrozen(name));
    expect(moved).toEqual(others);
    expect(trainEpoch(1)).toEqual([...numbers(network).keys()]);
  });

  it('may be frozen as a whole, for good', () => {
    const network = build('mit_b0_unet');
    const step = stepOf(network, { gradientCheckpointing: true });
    const freeze = new EncoderFreeze(network, { stages: 'all', epochs: null });
    const before = numbers(network);
    network.train();
    freeze.apply(500);
    step();
    const after = numbers(network);
    const moved = [...before.keys()].filter((name) => before.get(name) !== after.get(name));
    expect(moved.length).toBeGreaterThan(10);
    expect(moved.filter((name) => name.startsWith('encoder.'))).toEqual([]);
  });

  it('has no more stages than there are', () => {
    expect(() => new EncoderFreeze(build(), { stages: 5, epochs: null })).toThrow('4 stages');
  });
});

describe('rates that fall towards the image', () => {
  const factor = 0.5;

  it.each([
    [
      'block',
      { 'encoder.conv1.weight': 9, 'encoder.layer1.0.conv1.weight': 8, 'encoder.layer4.1.bn2.bias': 1 },
    ],
    [
      'stage',
      { 'encoder.conv1.weight': 4, 'encoder.layer2.0.conv1.weight': 3, 'encoder.layer4.1.bn2.bias': 1 },
    ],
  ] as const)('follow rate · factor^(layers below the head), layer by %s', (by, below) => {
    const network = build();
    const groups = buildParameterGroups(network, sgd, { factor, by });
    const optimizer = buildOptimizer(sgd, groups);
    const rates = new Map(optimizer.groups.flatMap(({ params, lr }) => params.map((value) => [value, lr])));
    expect(rates.size).toBe(network.parameters().length);
    const parameters = new Map(network.namedParameters());
    for (const [name, count] of Object.entries(below)) {
      expect([name, rates.get(parameters.get(name)!)]).toEqual([name, 0.1 * factor ** count]);
    }
    for (const [name, value] of parameters) {
      if (!name.startsWith('encoder.')) expect([name, rates.get(value)]).toEqual([name, 0.1]);
    }
  });

  it('keep their ratio through one cycle', () => {
    const groups = buildParameterGroups(build(), sgd, { factor, by: 'stage' });
    const optimizer = buildOptimizer(sgd, groups);
    const schedule = buildSchedule(
      { kind: 'one_cycle', maxLearningRate: 1, warmup: 0.5, divFactor: 10, finalDivFactor: 10 },
      optimizer,
      { epochs: 1, stepsPerEpoch: 10 },
    )!;
    for (let i = 0; i < 6; i++) {
      const rates = optimizer.groups.map(({ lr }) => lr).sort((a, b) => b - a);
      for (const [i, rate] of rates.entries()) expect(rate).toBeCloseTo(rates[0]! * factor ** i, 10);
      schedule.step();
    }
  });
});

it('averages weights as computed by hand, over the steps of training', () => {
  const network = build();
  network.train();
  const step = stepOf(network);
  const average = new WeightAverage(network, { decay: 0.9, warmUp: true });
  const name = 'decoder.blocks.0.conv1.0.weight';
  const weight = () => new Map(network.namedParameters()).get(name)!.toNumbers();
  let expected = weight();
  for (let n = 0; n < 3; n++) {
    step();
    average.update();
    const decay = Math.min(0.9, (1 + n) / (10 + n));
    const live = weight();
    expected = expected.map((value, i) => decay * value + (1 - decay) * live[i]!);
  }
  const raw = average.stateDict().get(name)!;
  const found = new Float32Array(raw.data.slice().buffer);
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 6);
});

describe('gradient checkpointing', () => {
  it.each(['mit_b0_unet', 'resnet18_unet'])('gives the same loss and gradients of %s', (name) => {
    const networks = [false, true].map((gradientCheckpointing) => {
      const network = build(name).train();
      const loss = stepOf(network, { gradientCheckpointing })();
      return { loss, gradients: network.parameters().map((value) => value.grad!) };
    });
    const [plain, taped] = networks;
    expect(taped!.loss).toBe(plain!.loss);
    scope(() => {
      for (const [i, gradient] of plain!.gradients.entries()) {
        const difference = ops.norm(ops.sub(taped!.gradients[i]!, gradient)).item();
        expect(difference).toBeLessThanOrEqual(1e-4 * ops.norm(gradient).item() + 1e-6);
      }
    });
  });

  it('keeps much less memory between forward and backward', () => {
    const network = build('mit_b0_unet').train();
    const images = zeros([2, 3, 512, 512]);
    const used = (record: (forward: () => void) => void) =>
      scope(() => {
        let kept = 0;
        const before = process.memoryUsage().rss;
        record(() => {
          network.imageEncoder!.forward(images);
          kept = process.memoryUsage().rss - before;
        });
        return kept / 2 ** 20;
      });
    used((forward) => forward());
    const taped = used((forward) => new CheckpointTape().record(forward));
    const plain = used((forward) => forward());
    expect(plain).toBeGreaterThan(2 * taped);
  });
});
