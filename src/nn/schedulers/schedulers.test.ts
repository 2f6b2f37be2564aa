import { describe, expect, it } from 'vitest';
import golden from '../../../test/golden/nn-schedulers.json' with { type: 'json' };
import { tensor } from '../../engine/index.ts';
import { AdamW, SGD } from '../optim/index.ts';
import { parameter } from '../parameter.ts';
import {
  ConstantWarmUp,
  Cosine,
  LinearWarmUp,
  OneCycle,
  Poly,
  ReduceLROnPlateau,
  type Scheduler,
  StepLR,
} from './index.ts';

type Make = new (optimizer: SGD, options: never) => Scheduler;
const kinds: Record<string, Make> = {
  ConstantWarmUp,
  Cosine,
  LinearWarmUp,
  OneCycle,
  Poly,
  ReduceLROnPlateau,
  StepLR,
};

function optimizer(): SGD {
  const [a, b] = [parameter(tensor([0])), parameter(tensor([0]))];
  return new SGD([{ params: [a] }, { params: [b], lr: 0.02 }], { lr: 0.1, momentum: 0.9 });
}

function make(kind: string, options: unknown, on: SGD): Scheduler {
  return new kinds[kind]!(on, options as never);
}

describe('schedules agree with PyTorch', () => {
  for (const { kind, options, rates, ...rest } of golden.cases) {
    it(`${kind} ${JSON.stringify(options)}`, () => {
      const sgd = optimizer();
      const scheduler = make(kind, options, sgd);
      for (const [i, expected] of rates.entries()) {
        for (const [g, rate] of expected.entries()) {
          expect(Math.abs(sgd.groups[g]!.lr - rate), `unit ${i}`).toBeLessThan(1e-12);
        }
        if ('momenta' in rest) expect(sgd.groups[0]!.momentum).toBeCloseTo(rest.momenta![i]!, 12);
        scheduler.step(golden.metrics[i]!);
      }
    });

    it(`${kind} ${JSON.stringify(options)} resumes in the middle`, () => {
      const straight = optimizer();
      const scheduler = make(kind, options, straight);
      for (let i = 0; i < 5; i++) scheduler.step(golden.metrics[i]!);
      const saved = JSON.parse(JSON.stringify(scheduler.stateDict()));
      const resumed = optimizer();
      resumed.loadStateDict(straight.stateDict());
      const other = make(kind, options, resumed);
      resumed.loadStateDict(straight.stateDict());
      other.loadStateDict(saved);
      expect(other.rates).toEqual(scheduler.rates);
      for (let i = 5; i < rates.length - 1; i++) {
        scheduler.step(golden.metrics[i]!);
        other.step(golden.metrics[i]!);
        expect(other.rates).toEqual(scheduler.rates);
      }
    });
  }
});

describe('schedulers', () => {
  it('say when they are to be called', () => {
    const sgd = optimizer();
    expect(new ReduceLROnPlateau(sgd).unit).toBe('epoch');
    expect(new StepLR(sgd, { stepSize: 1 }).unit).toBe('epoch');
    expect(new Poly(sgd, { total: 5 }).unit).toBe('step');
    expect(new Cosine(sgd, { total: 5, unit: 'epoch' }).unit).toBe('epoch');
  });

  it('stay at the last rate after the end', () => {
    const sgd = optimizer();
    const cosine = new Cosine(sgd, { total: 4, minLr: 0.003 });
    for (let i = 0; i < 9; i++) cosine.step();
    expect(cosine.rates).toEqual([0.003, 0.003]);
    const cycle = new OneCycle(sgd, { maxLr: 1, total: 4 });
    for (let i = 0; i < 9; i++) cycle.step();
    expect(cycle.rates[0]).toBeCloseTo(1 / 25 / 1e4, 12);
  });

  it("move Adam's first beta in a cycle", () => {
    const adam = new AdamW([parameter(tensor([0]))]);
    new OneCycle(adam, { maxLr: 1, total: 10 });
    expect(adam.groups[0]!.betas).toEqual([0.95, 0.999]);
  });

  it('refuse settings that cannot work', () => {
    expect(() => new Poly(optimizer(), { total: 5, warmUp: 5 })).toThrow('longer than the warm-up');
    expect(() => new OneCycle(optimizer(), { maxLr: 1, total: 0 })).toThrow('cycle of 0');
    expect(() => new ReduceLROnPlateau(optimizer(), { factor: 1 })).toThrow('factor is 1');
    expect(() => new ReduceLROnPlateau(optimizer()).step()).toThrow('no metric');
  });
});
