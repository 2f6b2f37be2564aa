import { describe, expect, it } from 'vitest';
import golden from '../../../test/golden/nn-optimisers.json' with { type: 'json' };
import {
  liveTensors,
  manualSeed,
  noGrad,
  ops,
  randn,
  scope,
  type Tensor,
  tensor,
} from '../../engine/index.ts';
import { Sequential } from '../containers.ts';
import { BatchNorm2d, Conv2d } from '../layers/index.ts';
import { type Parameter, parameter } from '../parameter.ts';
import { fromRawTensor } from '../stateDict.ts';
import {
  Adam,
  AdamW,
  clipGradNorm,
  clipGradValue,
  GradScaler,
  layerwiseScale,
  noDecay,
  type Optimizer,
  OptimizerStateError,
  type ParameterGroup,
  parameterGroups,
  SGD,
  WeightAverage,
} from './index.ts';

type Maker = (params: readonly ParameterGroup<object>[] | Parameter[], options: object) => Optimizer;
const makers: Record<string, Maker> = {
  SGD: (params, options) => new SGD(params, options),
  Adam: (params, options) => new Adam(params, options),
  AdamW: (params, options) => new AdamW(params, options),
};

function startParameters(): Parameter[] {
  return golden.start.map((values, i) => parameter(tensor(Float32Array.from(values), golden.shapes[i]!)));
}

function giveGradients(params: readonly Parameter[], step: number): void {
  for (const [i, param] of params.entries()) {
    param.setGrad(tensor(Float32Array.from(golden.grads[step]![i]!), golden.shapes[i]!));
  }
}

function largestDifference(params: readonly Tensor[], expected: readonly (readonly number[])[]): number {
  let largest = 0;
  for (const [i, values] of expected.entries()) {
    const numbers = params[i]!.toFloat32();
    for (const [j, value] of values.entries()) largest = Math.max(largest, Math.abs(numbers[j]! - value));
  }
  return largest;
}

describe('five steps agree with torch.optim', () => {
  for (const { kind, options, second, steps } of golden.cases) {
    it(`${kind} ${JSON.stringify(options)} | ${JSON.stringify(second)}`, () => {
      const params = startParameters();
      const groups = [{ params: params.slice(0, 2) }, { params: params.slice(2), ...second }];
      const optimizer = makers[kind]!(groups, options);
      for (const [step, expected] of steps.entries()) {
        giveGradients(params, step);
        optimizer.step();
        expect(largestDifference(params, expected)).toBeLessThan(1.2e-7);
      }
    });
  }
});

describe('every optimiser', () => {
  for (const [kind, make] of Object.entries(makers)) {
    const options = kind === 'SGD' ? { lr: 0.1, momentum: 0.9 } : { lr: 0.1 };

    it(`${kind} resumes to the same bits`, () => {
      const straight = startParameters();
      const a = make(straight, options);
      for (let step = 0; step < 2; step++) {
        giveGradients(straight, step);
        a.step();
      }
      const resumed = straight.map((param) => parameter(noGrad(() => ops.clone(param.detach()))));
      const b = make(resumed, { lr: 77 });
      const state = a.stateDict();
      // What a checkpoint does to the plain part.
      b.loadStateDict({ ...state, groups: JSON.parse(JSON.stringify(state.groups)) });
      for (let step = 2; step < 5; step++) {
        for (const [params, optimizer] of [
          [straight, a],
          [resumed, b],
        ] as const) {
          giveGradients(params, step);
          optimizer.step();
        }
      }
      expect(resumed.map((p) => p.toFloat32())).toEqual(straight.map((p) => p.toFloat32()));
      expect(b.groups[0]!.lr).toBe(0.1);
    });

    it(`${kind} leaves parameters without gradient alone and forgets gradients when asked`, () => {
      const params = startParameters();
      const optimizer = make(params, options);
      giveGradients(params, 0);
      params[1]!.setGrad(null);
      optimizer.step();
      expect(largestDifference([params[1]!], [golden.start[1]!])).toBeLessThan(1e-8);
      expect(largestDifference([params[0]!], [golden.start[0]!])).toBeGreaterThan(0.01);
      optimizer.zeroGrad();
      expect(params.every((param) => param.grad === null)).toBe(true);
    });

    it(`${kind} keeps memory flat`, () => {
      const params = startParameters();
      const optimizer = make(params, options);
      const step = () =>
        scope(() => {
          giveGradients(params, 0);
          optimizer.step();
          optimizer.zeroGrad();
        });
      step();
      const before = liveTensors();
      for (let i = 0; i < 5; i++) step();
      expect(liveTensors()).toBe(before);
    });
  }

  for (const [kind, make] of Object.entries(makers)) {
    it(`${kind} does the same whatever the order in memory of weights and gradients`, () => {
      manualSeed(8);
      const [weight, grads] = [randn([4, 3, 3, 3]), [randn([4, 3, 3, 3]), randn([4, 3, 3, 3])]];
      const run = (weights: 'contiguous' | 'channels_last', gradients: 'contiguous' | 'channels_last') => {
        const param = parameter(ops.contiguous(ops.clone(weight), weights));
        const optimizer = make([param], kind === 'SGD' ? { lr: 0.1, momentum: 0.9 } : { lr: 0.1 });
        for (const grad of grads) {
          param.setGrad(ops.contiguous(grad, gradients));
          optimizer.step();
        }
        return [param.toNumbers()];
      };
      const expected = run('contiguous', 'contiguous');
      for (const weights of ['contiguous', 'channels_last'] as const) {
        for (const gradients of ['contiguous', 'channels_last'] as const) {
          const actual = tensor(Float32Array.from(run(weights, gradients)[0]!));
          expect(largestDifference([actual], expected)).toBeLessThan(3e-7);
        }
      }
    });
  }

  it('refuses the state of another optimiser or of other parameters', () => {
    const params = startParameters();
    const sgd = new SGD(params, { momentum: 0.9 });
    giveGradients(params, 0);
    sgd.step();
    const state = sgd.stateDict();
    expect(() => new Adam(params).loadStateDict(state)).toThrow(OptimizerStateError);
    expect(() => new SGD(params.slice(1)).loadStateDict(state)).toThrow('3 parameters, not of 2');
    const other = [params[1]!, params[0]!, params[2]!];
    expect(() => new SGD(other).loadStateDict(state)).toThrow('0.momentum_buffer has shape [3,4]');
  });

  it('refuses no parameters and doubled ones', () => {
    expect(() => new SGD([])).toThrow('no parameters');
    const [param] = startParameters();
    expect(() => new SGD([{ params: [param!] }, { params: [param!] }])).toThrow('two groups');
  });
});

describe('clipping', () => {
  for (const { norm, limit, total, grads } of golden.clip) {
    it(`by norm ${norm} to ${limit} agrees with PyTorch`, () => {
      const params = startParameters();
      giveGradients(params, 0);
      const before = clipGradNorm(params, limit, Number(norm === 'inf' ? Number.POSITIVE_INFINITY : norm));
      expect(before.item()).toBeCloseTo(total, 5);
      expect(
        largestDifference(
          params.map((param) => param.grad!),
          grads,
        ),
      ).toBeLessThan(1e-6);
    });
  }

  it('by value holds every element within the limit', () => {
    const params = startParameters();
    giveGradients(params, 0);
    clipGradValue(params, 0.3);
    for (const [i, param] of params.entries()) {
      const expected = golden.grads[0]![i]!.map((value) => Math.fround(Math.max(-0.3, Math.min(0.3, value))));
      expect(largestDifference([param.grad!], [expected])).toBeLessThan(1e-7);
    }
  });

  it('accepts parameters without any gradient', () => {
    expect(clipGradNorm(startParameters(), 1).item()).toBe(0);
  });
});

describe('the gradient scaler', () => {
  it('skips overflows and moves its scale as PyTorch', () => {
    const scaler = new GradScaler({ initScale: 16, growthInterval: 2 });
    const p = parameter(tensor([1, 1]));
    const optimizer = new SGD([p], { lr: 0.1 });
    for (const { bad, scale, p: expected } of golden.scaler) {
      optimizer.zeroGrad();
      scaler.scale(ops.sum(ops.mul(p, tensor([1, 2])))).backward();
      if (bad) p.setGrad(tensor([Number.POSITIVE_INFINITY, 1]));
      expect(scaler.step(optimizer)).toBe(!bad);
      scaler.update();
      expect(scaler.stateDict().scale).toBe(scale);
      expect(largestDifference([p], [expected])).toBeLessThan(1e-6);
    }
  });

  it('does nothing when it is off', () => {
    const scaler = new GradScaler({ enabled: false });
    const loss = tensor(3);
    expect(scaler.scale(loss)).toBe(loss);
    expect(scaler.step(new SGD([parameter(tensor([1]))]))).toBe(true);
  });
});

describe('groups by name', () => {
  const network = () =>
    Sequential.named({ encoder: new Conv2d(1, 2, 1), norm: new BatchNorm2d(2), head: new Conv2d(2, 3, 1) });

  it('share a rate and a decay', () => {
    const module = network();
    module.getModule('norm')!.freeze();
    const groups = parameterGroups(
      module,
      { lr: 0.1, weightDecay: 0.01 },
      {
        rules: [
          { match: 'encoder.', lrScale: 0.5 },
          { match: noDecay, weightDecay: 0 },
        ],
      },
    );
    expect(groups.map(({ params: _, ...group }) => group)).toEqual([
      { names: ['encoder.weight'], lr: 0.05, weightDecay: 0.01 },
      { names: ['encoder.bias'], lr: 0.05, weightDecay: 0 },
      { names: ['head.weight'], lr: 0.1, weightDecay: 0.01 },
      { names: ['head.bias'], lr: 0.1, weightDecay: 0 },
    ]);
    expect(new AdamW(groups).groups[1]).toMatchObject({ lr: 0.05, weightDecay: 0, eps: 1e-8 });
  });

  it('may learn more slowly towards the input', () => {
    const scaleOf = layerwiseScale((name) => ['encoder', 'norm', 'head'].indexOf(name.split('.')[0]!), {
      layers: 2,
      decay: 0.5,
    });
    const groups = parameterGroups(network(), { lr: 1, weightDecay: 0 }, { scaleOf });
    expect(groups.map(({ lr }) => lr)).toEqual([0.25, 0.5, 1]);
    expect(() => layerwiseScale(() => 0, { layers: 1, decay: 2 })).toThrow('decay is 2');
  });
});

describe('the average of weights', () => {
  it('follows the formula, buffers included, and goes in and out of the network', async () => {
    manualSeed(3);
    const module = Sequential.named({ conv: new Conv2d(1, 2, 1), norm: new BatchNorm2d(2) });
    const average = new WeightAverage(module, { decay: 0.75 });
    const before = new Map(Array.from(module.namedState(), ([name, value]) => [name, value.toNumbers()]));
    noGrad(() => scope(() => void module.forward(randn([2, 1, 3, 3]))));
    noGrad(() => ops.add_(module.getModule('conv')!.parameters()[0]!, 1));
    average.update();
    const live = () => Array.from(module.namedState(), ([name, value]) => [name, value.toNumbers()] as const);
    const after = live();
    const saved = average.stateDict();
    for (const [name, numbers] of after) {
      const averaged = fromRawTensor(saved.get(name)!).toNumbers();
      for (const [i, value] of numbers.entries()) {
        const expected = name.endsWith('tracked') ? value : 0.75 * before.get(name)![i]! + 0.25 * value;
        expect(averaged[i]).toBeCloseTo(expected, 6);
      }
    }
    await average.during(() => {
      for (const [name, numbers] of live())
        expect(numbers).toEqual(fromRawTensor(saved.get(name)!).toNumbers());
    });
    expect(live()).toEqual(after);

    const other = new WeightAverage(module, { decay: 0.75 });
    other.loadStateDict(saved, 1);
    for (const [name, raw] of other.stateDict()) expect(raw.data).toEqual(saved.get(name)!.data);
  });

  it('warms up', () => {
    const module = new Conv2d(1, 1, 1, { bias: false });
    noGrad(() => ops.fill_(module.weight, 0));
    const average = new WeightAverage(module, { decay: 0.99, warmUp: true });
    noGrad(() => ops.fill_(module.weight, 1));
    average.update();
    expect(fromRawTensor(average.stateDict().get('weight')!).item()).toBeCloseTo(0.9, 6);
  });
});
