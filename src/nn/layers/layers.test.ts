import { describe, expect, it } from 'vitest';
import golden from '../../../test/golden/nn-layers.json' with { type: 'json' };
import {
  liveTensors,
  manualSeed,
  noGrad,
  ones,
  ops,
  scope,
  type Tensor,
  tensor,
  withDevice,
} from '../../engine/index.ts';
import * as init from '../init.ts';
import type { Module } from '../module.ts';
import { fromRawTensor } from '../stateDict.ts';
import * as layers from './index.ts';

type Make = new (...args: unknown[]) => Module & { forward(...inputs: Tensor[]): Tensor };

function expectClose(actual: Tensor, values: readonly number[], tolerance: number): void {
  const numbers = actual.toFloat32();
  expect(numbers.length).toBe(values.length);
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(numbers[i]! - values[i]!) > tolerance * (1 + Math.abs(values[i]!))) {
      expect(numbers[i], `element ${i}`).toBeCloseTo(values[i]!, 6);
    }
  }
}

function input(name: string, scale: number): Tensor {
  const { values, shape } = golden.inputs[name as 'image' | 'tokens'];
  return ops.mul(tensor(Float32Array.from(values), shape), scale);
}

describe('layers agree with torch.nn', () => {
  for (const { layer, args, state, input: source, scale, output, ...rest } of golden.cases) {
    it(`${layer}(${JSON.stringify(args).slice(1, -1)})`, () => {
      manualSeed(11);
      const module = new (layers as unknown as Record<string, Make>)[layer]!(...args);
      const held = module.stateDict();
      expect([...held.keys()]).toEqual(Object.keys(state));
      for (const [name, { shape, values }] of Object.entries(
        state as Record<string, { shape: number[]; values: number[] }>,
      )) {
        expect(held.get(name)!.shape).toEqual(shape);
        expectClose(fromRawTensor(held.get(name)!), values, 1e-7);
      }
      const x = input(source, scale);
      const y = layer === 'MultiheadAttention' ? module.forward(x, x, x) : module.forward(x);
      expect(y.shape).toEqual(output.shape);
      expectClose(y, output.values, 2e-6);
      if ('after' in rest) {
        const after = rest.after as unknown as Record<string, number[]>;
        for (const [name, raw] of module.stateDict()) expectClose(fromRawTensor(raw), after[name]!, 1e-6);
        expectClose(module.eval().forward(x), rest.evaluated!, 2e-6);
      }
    });
  }

  it('Embedding', () => {
    manualSeed(11);
    const table = new layers.Embedding(5, 3);
    expectClose(table.weight, golden.embedding, 1e-7);
    const rows = table.forward(tensor(BigInt64Array.of(4n, 0n)));
    expectClose(rows, [...golden.embedding.slice(12), ...golden.embedding.slice(0, 3)], 1e-7);
  });
});

describe('initialisers draw the numbers of torch.nn.init', () => {
  for (const { init: name, args, values } of golden.init) {
    it(`${name}(${JSON.stringify(args).slice(1, -1)})`, () => {
      manualSeed(11);
      const weight = ones([4, 3, 2, 2]);
      (init as unknown as Record<string, (tensor: Tensor, ...args: unknown[]) => Tensor>)[name]!(
        weight,
        ...args,
      );
      expectClose(weight, values, 3e-7);
    });
  }
});

describe('layers that act in training only', () => {
  const x = ones([64, 8, 4, 4]);

  it('pass evaluation through untouched', () => {
    for (const layer of [new layers.Dropout(), new layers.Dropout2d(), new layers.DropPath(0.5)]) {
      expect(layer.eval().forward(x)).toBe(x);
    }
  });

  it('drop elements, channels or samples, and keep the mean', () => {
    manualSeed(1);
    const elements = new layers.Dropout(0.25).forward(x).toFloat32();
    expect(new Set(elements)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    expect(elements.reduce((sum, value) => sum + value) / elements.length).toBeCloseTo(1, 1);

    const channels = new layers.Dropout2d(0.5).forward(x);
    expect(new Set(ops.sum(channels, { dim: [2, 3] }).toNumbers())).toEqual(new Set([0, 32]));

    const samples = new layers.DropPath(0.2).forward(x);
    expect(new Set(ops.sum(samples, { dim: [1, 2, 3] }).toNumbers())).toEqual(new Set([0, 160]));
  });
});

describe('layers on the meta device', () => {
  it('have shapes but no memory', () => {
    const layer = withDevice('meta', () => new layers.Conv2d(10_000, 100_000, 9));
    expect(layer.parameterCount()).toBe(81e9 + 100_000);
    expect(layer.weight.device).toBe('meta');
  });
});

describe('memory', () => {
  it('is given back by every layer', () => {
    const module = new layers.MultiheadAttention(8, 2, { batchFirst: true });
    const x = input('tokens', 1);
    const before = liveTensors();
    noGrad(() => scope(() => void module.forward(x, x, x)));
    expect(liveTensors()).toBe(before);
    module.forward(x, x, x);
    expect(liveTensors()).toBe(before + 1);
  });
});
