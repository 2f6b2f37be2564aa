import { describe, expect, it } from 'vitest';
import {
  inferenceMode,
  liveTensors,
  manualSeed,
  noGrad,
  ones,
  ops,
  randn,
  scope,
  type Tensor,
  tensor,
  withDevice,
  zeros,
} from '../engine/index.ts';
import type { StateDict } from '../weights/index.ts';
import { ModuleDict, ModuleList, Sequential } from './containers.ts';
import { BatchNorm2d, Conv2d, Dropout, Identity, Linear, ReLU } from './layers/index.ts';
import { Module } from './module.ts';
import { type Parameter, parameter } from './parameter.ts';
import { StateDictMismatchError, toRawTensor } from './stateDict.ts';
import { describeTree } from './tree.ts';

class Block extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly scale: Parameter;
  readonly offset: Tensor;
  readonly scratch: Tensor;
  readonly nothing: Conv2d | null = null;

  constructor(channels: number) {
    super();
    this.conv1 = new Conv2d(channels, channels, 3, { padding: 1, bias: false });
    this.bn1 = new BatchNorm2d(channels);
    this.scale = parameter(ones([1]));
    this.offset = this.registerBuffer('offset', zeros([1]));
    this.scratch = this.registerBuffer('scratch', zeros([1]), false);
  }

  forward(x: Tensor): Tensor {
    return scope(() => ops.mul(this.bn1.forward(this.conv1.forward(x)), this.scale));
  }
}

class Network extends Module {
  readonly stem: Conv2d;
  readonly layer1: Sequential;
  readonly heads: ModuleList<Linear>;

  constructor() {
    super();
    this.stem = new Conv2d(2, 4, 1);
    this.layer1 = new Sequential(new Block(4), new ReLU());
    this.heads = new ModuleList([new Linear(4, 3), new Linear(4, 2)]);
  }

  forward(x: Tensor): Tensor {
    return scope(() => ops.mean(this.layer1.forward(this.stem.forward(x)), { dim: [2, 3] }));
  }
}

const keys = [
  'stem.weight',
  'stem.bias',
  'layer1.0.scale',
  'layer1.0.offset',
  'layer1.0.conv1.weight',
  'layer1.0.bn1.weight',
  'layer1.0.bn1.bias',
  'layer1.0.bn1.running_mean',
  'layer1.0.bn1.running_var',
  'layer1.0.bn1.num_batches_tracked',
  'heads.0.weight',
  'heads.0.bias',
  'heads.1.weight',
  'heads.1.bias',
];

function numbers(module: Module): number[][] {
  return Array.from(module.namedState(), ([, value]) => value.toNumbers());
}

describe('a module', () => {
  it('finds parameters, buffers and children under nested names, in the order of torch', () => {
    const network = new Network();
    expect([...network.stateDict().keys()]).toEqual(keys);
    expect(Array.from(network.namedBuffers(), ([name]) => name)).toContain('layer1.0.scratch');
    expect(network.parameterCount()).toBe(12 + 1 + 144 + 8 + 15 + 10);
    expect(Array.from(network.namedModules(), ([name]) => name)).toEqual([
      '',
      'stem',
      'layer1',
      'layer1.0',
      'layer1.0.conv1',
      'layer1.0.bn1',
      'layer1.1',
      'heads',
      'heads.0',
      'heads.1',
    ]);
    expect(network.getModule('layer1.0.bn1')).toBeInstanceOf(BatchNorm2d);
    expect(network.getModule('layer1.7')).toBeUndefined();
  });

  it('counts a shared parameter once but saves it under both names', () => {
    const list = new ModuleList([new Linear(2, 2), new Linear(2, 2)]);
    list[1]!.setOwn('weight', list[0]!.weight);
    expect(list.parameterCount()).toBe(8);
    expect([...list.stateDict().keys()]).toEqual(['0.weight', '0.bias', '1.weight', '1.bias']);
    list.to({ dtype: 'float64' });
    expect(list[1]!.weight).toBe(list[0]!.weight);
    expect(list[0]!.weight.dtype).toBe('float64');
  });

  it('switches between training and evaluation, freezes, and forgets gradients', () => {
    const network = new Network();
    network.eval();
    expect(Array.from(network.namedModules(), ([, module]) => module.training)).not.toContain(true);
    network.train();
    network.stem.freeze();
    expect(network.parameterCount({ trainableOnly: true })).toBe(network.parameterCount() - 12);
    ops.sum(network.forward(randn([1, 2, 3, 3]))).backward();
    expect(network.stem.weight.grad).toBeNull();
    expect(network.parameters().filter((value) => value.grad !== null)).toHaveLength(4);
    network.zeroGrad();
    expect(network.parameters().filter((value) => value.grad !== null)).toHaveLength(0);
  });

  it('visits children before parents', () => {
    const seen: string[] = [];
    new Network().apply((module) => seen.push(module.constructor.name));
    expect(seen).toEqual([
      'Conv2d',
      'Conv2d',
      'BatchNorm2d',
      'Block',
      'ReLU',
      'Sequential',
      'Linear',
      'Linear',
      'ModuleList',
      'Network',
    ]);
  });

  it('converts floating-point tensors and four-dimensional memory order only', () => {
    const network = new Network().to({ dtype: 'bfloat16', memoryFormat: 'channels_last' });
    const block = network.layer1[0] as unknown as Block;
    expect(block.conv1.weight.dtype).toBe('bfloat16');
    expect(block.conv1.weight.requiresGrad).toBe(true);
    expect(block.conv1.weight.isContiguous('channels_last')).toBe(true);
    expect(block.bn1.running_mean.dtype).toBe('bfloat16');
    expect(block.bn1.num_batches_tracked.dtype).toBe('int64');
  });

  it('gives all memory back', () => {
    const before = liveTensors();
    const network = new Network();
    network.to({ dtype: 'float64' });
    noGrad(() => scope(() => void network.forward(randn([1, 2, 3, 3], { dtype: 'float64' }))));
    network.dispose();
    expect(liveTensors()).toBe(before);
  });

  it('is the same network again under the same seed', () => {
    const make = () => {
      manualSeed(5);
      return numbers(new Network());
    };
    expect(make()).toEqual(make());
  });

  it('prints as a tree', () => {
    expect(describeTree(new Network(), { depth: 1 })).toBe(
      'Network (190)\n  stem: Conv2d (12)\n  layer1: Sequential (153)\n  heads: ModuleList (25)',
    );
  });
});

describe('a state dict', () => {
  it('goes into another network of the same form, whatever the types', () => {
    const [a, b] = [new Network(), new Network()];
    expect(numbers(a)).not.toEqual(numbers(b));
    expect(b.loadStateDict(a.stateDict())).toEqual({ missing: [], unexpected: [], mismatched: [] });
    expect(numbers(b)).toEqual(numbers(a));
    const half = new Network().to({ dtype: 'float16' });
    half.loadStateDict(a.stateDict());
    const back = new Network();
    back.loadStateDict(half.stateDict());
    expect(back.stem.weight.toNumbers()[0]).toBeCloseTo(a.stem.weight.toNumbers()[0]!, 3);
    expect(back.stem.weight.requiresGrad).toBe(true);
  });

  it('reads tensors that lie at any byte of a file', () => {
    const layer = new Linear(2, 1, { bias: false });
    const raw = toRawTensor(tensor([1.5, -2], [1, 2]));
    const file = new Uint8Array(11);
    file.set(raw.data, 3);
    layer.loadStateDict(new Map([['weight', { ...raw, data: file.subarray(3) }]]));
    expect(layer.weight.toNumbers()).toEqual([1.5, -2]);
  });

  it('that does not fit is refused with every key named, or taken as far as it fits', () => {
    const state: StateDict = new Network().stateDict();
    state.delete('stem.bias');
    state.set('extra.weight', toRawTensor(ones([1])));
    state.set('heads.1.bias', toRawTensor(ones([7])));
    const network = new Network();
    const before = numbers(network);
    expect(() => network.loadStateDict(state)).toThrow(StateDictMismatchError);
    expect(() => network.loadStateDict(state)).toThrow(
      'do not fit Network: 1 missing (stem.bias); 1 unexpected (extra.weight); 1 of another shape (heads.1.bias is [7], not [2])',
    );
    expect(numbers(network)).toEqual(before);
    const report = network.loadStateDict(state, { strict: false });
    expect(report).toEqual({
      missing: ['stem.bias'],
      unexpected: ['extra.weight'],
      mismatched: [{ key: 'heads.1.bias', expected: [2], found: [7] }],
    });
    expect(toRawTensor(network.stem.weight)).toEqual(state.get('stem.weight'));
  });

  it('gives memory to a network built without', () => {
    const state = new Network().stateDict();
    const network = withDevice('meta', () => new Network());
    expect(network.stem.weight.device).toBe('meta');
    network.loadStateDict(state);
    expect(network.stateDict()).toEqual(state);
    expect(network.parameters().every((value) => value.requiresGrad && value.device === 'cpu')).toBe(true);
    network.forward(randn([1, 2, 3, 3]));
  });
});

describe('containers', () => {
  it('chain modules and free what lies between', () => {
    const chain = new Sequential(new Identity(), new Dropout(), new Linear(2, 3), new ReLU(), new Identity());
    expect(chain.length).toBe(5);
    const x = randn([1, 2]);
    const before = liveTensors();
    const y = noGrad(() => chain.forward(x));
    expect(y.shape).toEqual([1, 3]);
    expect(liveTensors()).toBe(before + 1);
    expect(x.disposed).toBe(false);
    const named = Sequential.named({ first: new Linear(2, 2), 'second part': new ReLU() });
    expect([...named.stateDict().keys()]).toEqual(['first.weight', 'first.bias']);
  });

  it('keep modules by index and by name', () => {
    const list = new ModuleList([new ReLU()]).append(new Identity());
    expect(list.length).toBe(2);
    expect([...list][1]).toBe(list[1]);
    expect(() => list.forward()).toThrow('iterate');
    const dict = new ModuleDict({ a: new ReLU() }).set('b', new Linear(1, 1));
    expect(dict.get('b')).toBeInstanceOf(Linear);
    expect(dict.get('c')).toBeUndefined();
    expect(Array.from(dict.entries(), ([name]) => name)).toEqual(['a', 'b']);
    expect(() => dict.forward()).toThrow('look its members up');
  });

  it('hold few activations at a time in inference', () => {
    const chain = new Sequential(...Array.from({ length: 20 }, () => new Linear(8, 8)));
    let most = 0;
    const watched = new (class extends Identity {
      override forward(x: Tensor): Tensor {
        most = Math.max(most, liveTensors());
        return super.forward(x);
      }
    })();
    chain.append(watched);
    const x = randn([1, 8]);
    const before = liveTensors();
    inferenceMode(() => scope(() => void chain.forward(x)));
    expect(most - before).toBeLessThanOrEqual(2);
  });
});
