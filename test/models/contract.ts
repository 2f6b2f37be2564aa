import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { autocast, manualSeed, noGrad, ops, randn, scope, type Tensor } from '../../src/engine/index.ts';
import {
  createModel,
  hasOwnObjective,
  InputChannelsError,
  type ModelOptions,
  type SegmentationNetwork,
} from '../../src/models/index.ts';
import { AdamW, SGD } from '../../src/nn/index.ts';
import { readSafetensors, writeSafetensors } from '../../src/weights/index.ts';
import { dubaiPatches } from './dubai-patches.ts';
import { evaluate } from './evaluate.ts';
import { markPassed } from './record.ts';
import { settleNorms } from './settle-norms.ts';

/** How a network is put under contract. */
export interface ContractEntry {
  /** Options of the network, such as smaller decoder channels that keep the tests quick. */
  readonly options?: Omit<ModelOptions, 'classes' | 'inChannels' | 'name'>;
  /** Height and width of the test images, in pixels; 64 × 64 if left out. */
  readonly size?: readonly [number, number];
  /** Further sizes to run. */
  readonly sizes?: readonly (readonly [number, number])[];
  /** How much smaller the logits are than the image. */
  readonly stride?: number;
  /** Also everything that takes longer: training, autocast, a round trip through a file. */
  readonly thorough?: boolean;
  /** Learning rate of AdamW that suits it. */
  readonly learningRate?: number;
  /** Gives its norms statistics first: it is too deep for norms that never saw an image. */
  readonly settled?: boolean;
  /** What is compared in bfloat16, where logits hang on thresholds that a rounding flips; the logits if left out. */
  readonly beforeThresholds?: (network: SegmentationNetwork, images: Tensor) => Tensor;
}

const classes = 4;
/** Steps in which four patches are to be learnt. */
const MOST_STEPS = 60;
/** Rate of plain gradient descent, by which the largest networks learn. */
const PLAIN_RATE = 5e-3;

function image([height, width]: readonly [number, number], { batch = 2, channels = 3 } = {}): Tensor {
  return randn([batch, channels, height, width]);
}

/** The largest difference, in standard deviations of the second. */
function difference(a: Tensor, b: Tensor): number {
  return scope(() => {
    const spread = Math.sqrt(ops.variance(b).item());
    return ops.amax(ops.abs(ops.sub(a, b))).item() / spread;
  });
}

/** The root of the mean square difference, in standard deviations of the second. */
function meanDifference(a: Tensor, b: Tensor): number {
  return scope(() => {
    const error = ops.sub(a.to({ dtype: 'float32' }), b);
    return Math.sqrt(ops.mean(ops.square(error)).item() / ops.variance(b).item());
  });
}

/** What training minimises: the network's own objective where it has one. */
function loss(network: SegmentationNetwork, images: Tensor, targets: Tensor): Tensor {
  if (hasOwnObjective(network)) return network.objective(images, targets).loss;
  const [, height, width] = targets.shape as [number, number, number];
  const logits = network.forward(images);
  const full = ops.interpolate(logits, { size: [height, width], mode: 'bilinear' });
  return ops.crossEntropy(full, targets, { ignoreIndex: 255 });
}

/** What every registered network must do. One line a network: `networkContract('resnet34_unet')`. */
export function networkContract(name: string, entry: ContractEntry = {}): void {
  const { options = {}, size = [64, 64], sizes = [[96, 64]], stride = 1, thorough = false } = entry;
  const { learningRate = 5e-3, settled = false, beforeThresholds } = entry;
  const create = (inChannels = 3, count = classes) =>
    createModel({ ...options, name, inChannels, classes: count });

  describe(name, () => {
    let network: SegmentationNetwork;
    beforeAll(() => {
      manualSeed(1);
      network = create();
      // Of two images the deepest maps have eight cells: statistics that other images leave far behind.
      if (settled) scope(() => settleNorms(network, image(size, { batch: 8 })));
    });
    // biome-ignore lint/correctness/noEmptyPattern: vitest asks for a pattern here
    afterAll(({}, suite) => {
      network.dispose();
      const seconds = suite.tasks.reduce((sum, { result }) => sum + (result?.duration ?? 0) / 1000, 0);
      if (suite.tasks.every(({ result }) => result?.state === 'pass'))
        markPassed(thorough ? 'full' : 'short', name, seconds);
    });

    it.each([size, ...sizes])('gives logits of the image size for %i × %i', (height, width) => {
      scope(() => {
        const logits = evaluate(network, image([height, width], { batch: 1 }));
        expect(logits.shape).toEqual([1, classes, height / stride, width / stride]);
        expect(ops.all(ops.isfinite(logits)).item()).toBe(1);
      });
    });

    it('gives every parameter in use a gradient, and none to those it says are idle', () => {
      scope(() => {
        network.train().zeroGrad();
        const logits = network.forward(image(size));
        ops.mean(ops.mul(logits, logits)).backward();
        const idle = (parameter: string) =>
          network.idleModules.some((prefix) => parameter.startsWith(`${prefix}.`));
        const without = [...network.namedParameters()]
          .filter(([, value]) => value.grad === null)
          .map(([key]) => key);
        expect(without.filter((key) => !idle(key))).toEqual([]);
        const expected = [...network.namedParameters()].map(([key]) => key).filter(idle);
        expect(without).toEqual(expected);
        network.zeroGrad();
      });
    });

    it('gives the same logits twice, and an image the same alone as in a batch', () => {
      scope(() => {
        const images = image(size);
        const both = evaluate(network, images);
        expect(difference(evaluate(network, images), both)).toBe(0);
        const second = evaluate(network, ops.narrow(images, 0, 1, 1));
        expect(difference(second, ops.narrow(both, 0, 1, 1))).toBeLessThan(1e-4);
      });
    });

    it('refuses images with other channels', () => {
      scope(() => expect(() => network.forward(image(size, { channels: 4 }))).toThrow(InputChannelsError));
    });

    if (!thorough) return;

    it.each([
      [1, 1, size],
      [5, 19, sizes[0] ?? size],
    ] as const)('takes %i channels and gives %i classes, forward and backward', (channels, count, side) => {
      scope(() => {
        const other = create(channels, count).train();
        const logits = other.forward(image(side, { channels }));
        expect(logits.shape).toEqual([2, count, side[0] / stride, side[1] / stride]);
        ops.mean(ops.square(logits)).backward();
        const [first] = [...other.imageEncoder!.namedParameters()].filter(([, value]) => value.grad);
        expect(ops.amax(ops.abs(first![1].grad!)).item()).toBeGreaterThan(0);
        other.dispose();
      });
    });

    it('is the same after a round trip through a file', () => {
      const folder = mkdtempSync(join(tmpdir(), 'arpent-contract-'));
      scope(() => {
        const images = image(size, { batch: 1 });
        const before = evaluate(network, images);
        const file = join(folder, 'weights.safetensors');
        writeSafetensors(file, network.stateDict());
        const loaded = create();
        expect(loaded.loadStateDict(readSafetensors(file).stateDict)).toEqual({
          missing: [],
          unexpected: [],
          mismatched: [],
        });
        expect(difference(evaluate(loaded, images), before)).toBe(0);
        loaded.dispose();
      });
      rmSync(folder, { recursive: true });
    });

    it('gives nearly the same in bfloat16', () => {
      scope(() => {
        const images = image(size, { batch: 1 });
        const logits = evaluate(network, images);
        const roundedly = <T>(run: () => T) => autocast({ device: 'cpu', dtype: 'bfloat16' }, run);
        const rounded = roundedly(() => evaluate(network, images));
        expect(ops.all(ops.isfinite(rounded)).item()).toBe(1);
        if (beforeThresholds === undefined) {
          expect(meanDifference(rounded, logits)).toBeLessThan(0.1);
        } else {
          const before = () => noGrad(() => beforeThresholds(network, images));
          expect(meanDifference(roundedly(before), before())).toBeLessThan(0.1);
        }
      });
    });

    it('learns four real patches by heart', async () => {
      const { images, targets, classes: count } = await dubaiPatches(Math.max(...size), 3);
      manualSeed(2);
      const learner = create(3, count).train();
      // Adam's two averages of a thousand million parameters would not fit into many machines.
      const optimizer =
        learner.parameterCount() > 5e8
          ? new SGD(learner.parameters(), { lr: PLAIN_RATE })
          : new AdamW(learner.parameters(), { lr: learningRate });
      const step = () =>
        scope(() => {
          learner.zeroGrad();
          const value = loss(learner, images, targets);
          value.backward();
          optimizer.step();
          return value.item();
        });
      const first = step();
      // Some need more steps than others: queries that are matched to classes, heads with dropout.
      let last = first;
      for (let i = 1; i < MOST_STEPS && last >= 0.6 * first; i++) last = step();
      expect(last).toBeLessThan(0.6 * first);
      for (const each of [images, targets, learner, optimizer]) each.dispose();
    });
  });
}
