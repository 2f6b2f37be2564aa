import { expect, it } from 'vitest';
import { manualSeed, noGrad, ops, randn, scope, type Tensor } from '../../src/engine/index.ts';
import { createModel, modelCatalog, type SegmentationNetwork } from '../../src/models/index.ts';
import { createZeroModel } from '../../src/models/zero-weights.ts';
import { evaluate } from './evaluate.ts';
import { markPassed } from './record.ts';
import { settleNorms } from './settle-norms.ts';

const classes = 19;

const catalog = new Map(modelCatalog().map((entry) => [entry.name, entry]));

/** Parameters of a registered network in millions; infinite when the catalog has not measured it. */
export function millions(name: string): number {
  return catalog.get(name)?.parameters ?? Number.POSITIVE_INFINITY;
}

const largest = (value: Tensor) => ops.amax(ops.abs(value)).item();

/** Parameters that got no gradient or one that is not finite, but for those that are said to be idle. */
function withoutGradient(network: SegmentationNetwork): string[] {
  const idle = (key: string) => network.idleModules.some((prefix) => key.startsWith(`${prefix}.`));
  return scope(() =>
    [...network.namedParameters()]
      .filter(([key, { grad }]) => !idle(key) && (grad === null || !Number.isFinite(largest(grad))))
      .map(([key]) => key),
  );
}

/** Puts zeros into every weight, so that only loading brings them back. */
function erase(network: SegmentationNetwork): void {
  noGrad(() => {
    for (const [, value] of network.namedState()) ops.zero_(value);
  });
}

/** The catalog was measured on another build: a network that changed its size shows here. */
function expectListedSize(network: SegmentationNetwork, name: string): void {
  const count = network.parameterCount({ trainableOnly: true });
  expect(Math.round(count / 1e4) / 100).toBe(millions(name));
}

/** How far an image alone is from its row of a batch, in standard deviations of the logits. */
function rowDifference(network: SegmentationNetwork, images: Tensor): number {
  return scope(() => {
    const logits = evaluate(network, images);
    const alone = evaluate(network, ops.narrow(images, 0, 1, 1));
    const spread = Math.sqrt(ops.variance(logits).item());
    return largest(ops.sub(alone, ops.narrow(logits, 0, 1, 1))) / spread;
  });
}

/** An image alone must be as in a batch, at the latest when the norms have statistics of their own. */
function expectRowOfBatch(network: SegmentationNetwork, images: Tensor): void {
  if (rowDifference(network, images) < 1e-4) return;
  settleNorms(network, images);
  expect(rowDifference(network, images)).toBeLessThan(1e-4);
}

function check(name: string, [height, width]: readonly [number, number]): void {
  manualSeed(1);
  const network = createModel({ name, classes });
  try {
    expectListedSize(network, name);
    scope(() => {
      const images = randn([2, 3, height, width]);
      expectRowOfBatch(network, images);
      const logits = evaluate(network, images);
      expect(logits.shape).toEqual([2, classes, height, width]);
      expect(Number.isFinite(largest(logits))).toBe(true);

      const weights = network.stateDict();
      erase(network);
      expect(network.loadStateDict(weights)).toEqual({ missing: [], unexpected: [], mismatched: [] });
      expect(largest(ops.sub(evaluate(network, images), logits))).toBe(0);
      weights.clear();

      scope(() => ops.mean(ops.square(network.train().forward(images))).backward());
      expect(withoutGradient(network)).toEqual([]);
    });
  } finally {
    network.dispose();
  }
}

/**
 * The least that every registered name must do, at one small size: be as large as the catalog says, give finite logits of the
 * image's size, the same for an image alone as in a batch and the same again after its weights were saved and loaded, and
 * give every parameter a gradient.
 */
export function leanContract(name: string, size: readonly [number, number] = [64, 64]): void {
  it(name, () => {
    const began = performance.now();
    check(name, size);
    markPassed('lean', name, (performance.now() - began) / 1000);
  });
}

/** What can be said of a network without drawing its weights: its size, and finite logits of the image's size. */
export function outlineContract(name: string, [height, width]: readonly [number, number] = [64, 64]): void {
  it(`${name} (weights of zero)`, () => {
    const began = performance.now();
    const network = createZeroModel({ name, classes });
    expectListedSize(network, name);
    scope(() => {
      const logits = evaluate(network, randn([1, 3, height, width]));
      expect(logits.shape).toEqual([1, classes, height, width]);
      expect(ops.all(ops.isfinite(logits)).item()).toBe(1);
    });
    network.dispose();
    markPassed('outline', name, (performance.now() - began) / 1000);
  });
}
