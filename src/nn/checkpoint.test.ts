import { describe, expect, it } from 'vitest';
import { liveTensors, manualSeed, ops, randn, scope, type Tensor } from '../engine/index.ts';
import { CheckpointTape, checkpoint, checkpointBorder } from './checkpoint.ts';
import { ModuleList, Sequential } from './containers.ts';
import { BatchNorm2d, Conv2d, Dropout, ReLU } from './layers/index.ts';
import { Module } from './module.ts';

/** Stages whose outputs both the next stage and the end use, with code between them that is not checkpointed. */
class Network extends Module {
  readonly stem = new Conv2d(2, 4, 3, { padding: 1 });
  readonly stages = new ModuleList(
    Array.from(
      { length: 3 },
      () =>
        new Sequential(new Conv2d(4, 4, 3, { padding: 1 }), new BatchNorm2d(4), new ReLU(), new Dropout(0.3)),
    ),
  );
  readonly between = new ModuleList(Array.from({ length: 3 }, () => new BatchNorm2d(4)));
  readonly head = new Conv2d(12, 2, 1);
  readonly mark: (x: Tensor) => Tensor;

  constructor(mark: (x: Tensor) => Tensor) {
    super();
    this.mark = mark;
  }

  forward(input: Tensor): Tensor {
    return scope(() => {
      let x = this.mark(this.stem.forward(input));
      const features: Tensor[] = [];
      for (const [i, stage] of [...this.stages].entries()) {
        x = checkpoint((y) => stage.forward(y), x);
        x = this.mark(ops.relu(this.between[i]!.forward(x)));
        features.push(x);
      }
      return this.head.forward(ops.cat(features, 1));
    });
  }
}

function run(mark: (x: Tensor) => Tensor, withTape: boolean) {
  manualSeed(4);
  const network = new Network(mark);
  const input = randn([2, 2, 6, 6]);
  const compute = () => ops.mean(ops.square(network.forward(input)));
  let loss: Tensor;
  if (withTape) {
    const tape = new CheckpointTape();
    loss = tape.record(compute);
    tape.backward(loss);
  } else {
    loss = compute();
    loss.backward();
  }
  const state = Array.from(network.namedState(), ([name, value]) => [name, value.toNumbers()]);
  const grads = network.parameters().map((value) => value.grad!.toNumbers());
  return { loss: loss.item(), state, grads, next: randn([3]).toNumbers() };
}

describe('checkpointing', () => {
  const plain = run((x) => x, false);

  for (const [name, mark] of [
    ['without borders', (x: Tensor) => x],
    ['with borders', checkpointBorder],
  ] as const) {
    it(`gives the same loss, gradients, statistics and random state (${name})`, () => {
      const taped = run(mark, true);
      expect(taped.loss).toBe(plain.loss);
      expect(taped.state).toEqual(plain.state);
      expect(taped.next).toEqual(plain.next);
      for (const [i, grad] of taped.grads.entries()) {
        for (const [j, value] of grad.entries()) expect(value).toBeCloseTo(plain.grads[i]![j]!, 6);
      }
    });
  }

  it('frees all in the end, and nothing of the caller', () => {
    const stages = Array.from({ length: 6 }, () => new Conv2d(4, 4, 3, { padding: 1 }));
    const input = randn([1, 4, 8, 8]);
    const step = () =>
      scope(() => {
        const tape = new CheckpointTape();
        const loss = tape.record(() => {
          let x = input;
          for (const stage of stages) x = checkpoint((y) => ops.relu(ops.relu(stage.forward(y))), x);
          return ops.sum(x);
        });
        tape.backward(loss);
        for (const stage of stages) stage.zeroGrad();
      });
    step();
    const before = liveTensors();
    step();
    expect(liveTensors()).toBe(before);
    expect(input.disposed).toBe(false);
  });

  it('is an ordinary call when nothing is recording', () => {
    const x = randn([2]).setRequiresGrad(true);
    expect(checkpointBorder(x)).toBe(x);
    ops.sum(checkpoint((y) => ops.mul(y, 3), x)).backward();
    expect(x.grad!.toNumbers()).toEqual([3, 3]);
  });
});
