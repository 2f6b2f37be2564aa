import { describe, expect, it } from 'vitest';
import golden from '../../../test/golden/nn-losses.json' with { type: 'json' };
import { randint, randn, type Tensor, tensor } from '../../engine/index.ts';
import {
  BinaryCrossEntropyLoss,
  CrossEntropyLoss,
  DiceLoss,
  FocalLoss,
  JaccardLoss,
  type Loss,
  LovaszLoss,
  SumLoss,
} from './index.ts';

const makers: Record<string, (options: Record<string, unknown>) => Loss> = {
  crossEntropy: (options) => new CrossEntropyLoss(options),
  dice: (options) => new DiceLoss(options),
  jaccard: (options) => new JaccardLoss(options),
  focal: (options) => new FocalLoss(options),
  lovasz: (options) => new LovaszLoss(options),
  bce: (options) => new BinaryCrossEntropyLoss(options),
};

const [batch, classes, height, width] = golden.shape as [number, number, number, number];

function inputs(kind: string): { logits: Tensor; targets: Tensor } {
  const binary = kind.startsWith('binary');
  const numbers = golden[kind as 'targets' | 'holes' | 'binary' | 'binaryHoles'];
  const shape = binary ? [batch, 1, height, width] : [batch, height, width];
  const targets = tensor(BigInt64Array.from(numbers, BigInt), shape);
  const plane = height * width;
  const all = Float32Array.from(golden.logits);
  const first = Float32Array.from([
    ...all.slice(0, plane),
    ...all.slice(classes * plane, (classes + 1) * plane),
  ]);
  const logits = binary ? tensor(first, shape) : tensor(all, [batch, classes, height, width]);
  return { logits: logits.setRequiresGrad(true), targets };
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < b.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

describe('losses agree with PyTorch', () => {
  for (const { loss, options, targets: kind, value, grad } of golden.cases) {
    it(`${loss} ${JSON.stringify(options)} on ${kind}`, () => {
      const settings = 'weight' in options ? { ...options, weight: golden.weights } : options;
      const { logits, targets } = inputs(kind);
      const result = makers[loss]!(settings).forward(logits, targets);
      result.backward();
      expect(Math.abs(result.item() - value)).toBeLessThan(2e-6 * Math.abs(value));
      expect(largestDifference(logits.grad!.toFloat32(), grad)).toBeLessThan(2e-7);
    });
  }
});

describe('a batch without labels', () => {
  const targets = () => tensor(new BigInt64Array(2 * 4 * 4).fill(255n), [2, 4, 4]);

  for (const [name, make] of Object.entries(makers)) {
    it(`gives ${name} 0 and gradients of 0`, () => {
      const binary = name === 'bce';
      const logits = randn(binary ? [2, 1, 4, 4] : [2, 3, 4, 4]).setRequiresGrad(true);
      const loss = make({}).forward(logits, targets());
      loss.backward();
      expect(loss.item()).toBe(0);
      expect(largestDifference(logits.grad!.toFloat32(), new Float32Array(32))).toBe(0);
    });
  }

  it('gives cross-entropy NaN when asked to behave as PyTorch', () => {
    const loss = new CrossEntropyLoss({ emptyBatch: 'nan' }).forward(randn([2, 3, 4, 4]), targets());
    expect(loss.item()).toBeNaN();
  });

  it('counts classes of weight 0 as no label', () => {
    const loss = new CrossEntropyLoss({ weight: [0, 1, 1] });
    const logits = randn([1, 3, 2, 2]).setRequiresGrad(true);
    const result = loss.forward(logits, tensor(new BigInt64Array(4), [1, 2, 2]));
    result.backward();
    expect(result.item()).toBe(0);
    expect(logits.grad!.toNumbers().every((value) => value === 0)).toBe(true);
  });
});

describe('every loss', () => {
  it('ignores what the logits are where there is no label', () => {
    for (const [name, make] of Object.entries(makers)) {
      const binary = name === 'bce';
      const logits = randn(binary ? [1, 1, 3, 3] : [1, 3, 3, 3]).toFloat32();
      const shape = binary ? [1, 1, 3, 3] : [1, 3, 3, 3];
      const labels = tensor(
        BigInt64Array.of(0n, 1n, 255n, 1n, 0n, 1n, 0n, 1n, 1n),
        binary ? shape : [1, 3, 3],
      );
      const before = make({}).forward(tensor(logits, shape), labels).item();
      for (let c = 0; c < shape[1]!; c++) logits[c * 9 + 2] = 50 * (c + 1);
      expect(make({}).forward(tensor(logits, shape), labels).item(), name).toBeCloseTo(before, 6);
    }
  });

  it('ignores a class when that class is the ignored value', () => {
    const logits = randn([1, 3, 4, 4]);
    const labels = randint(0, 3, [1, 4, 4]);
    const moved = tensor(
      BigInt64Array.from(labels.toNumbers(), (label) => (label === 0 ? 255n : BigInt(label))),
      [1, 4, 4],
    );
    for (const name of ['crossEntropy', 'dice', 'jaccard', 'focal', 'lovasz']) {
      const a = makers[name]!({ ignoreIndex: 0 }).forward(logits, labels).item();
      const b = makers[name]!({}).forward(logits, moved).item();
      expect(a, name).toBeCloseTo(b, 6);
    }
  });

  it('takes logits of half precision and answers in float32', () => {
    const logits = randn([1, 3, 4, 4]);
    const labels = randint(0, 3, [1, 4, 4]);
    for (const name of ['crossEntropy', 'dice', 'jaccard', 'focal', 'lovasz']) {
      const exact = makers[name]!({}).forward(logits, labels);
      const half = makers[name]!({}).forward(logits.to({ dtype: 'bfloat16' }), labels);
      expect(half.dtype, name).toBe('float32');
      expect(half.item(), name).toBeCloseTo(exact.item(), 1);
    }
  });
});

describe('a sum of losses', () => {
  it('adds its terms by weight and moves with them', () => {
    const { logits, targets } = inputs('holes');
    const [a, b] = [new CrossEntropyLoss({ weight: golden.weights }), new DiceLoss()];
    const sum = new SumLoss([{ loss: a }, { loss: b, weight: 0.5 }]);
    const expected = a.forward(logits, targets).item() + 0.5 * b.forward(logits, targets).item();
    expect(sum.forward(logits, targets).item()).toBeCloseTo(expected, 6);
    expect(Array.from(sum.namedBuffers(), ([name]) => name)).toEqual(['losses.0.weight']);
    expect([...sum.stateDict().keys()]).toEqual([]);
  });

  it('needs a term', () => {
    expect(() => new SumLoss([])).toThrow('at least one');
  });
});
