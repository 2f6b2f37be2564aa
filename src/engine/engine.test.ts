import { describe, expect, it } from 'vitest';
import {
  autocast,
  autogradGrad,
  callOp,
  getRngState,
  hasOperator,
  inferenceMode,
  keep,
  liveTensors,
  manualSeed,
  noGrad,
  OperatorNotFoundError,
  ones,
  onOperator,
  ops,
  rand,
  scope,
  setRngState,
  type Tensor,
  TensorDisposedError,
  TorchError,
  tensor,
  torchVersion,
  withDevice,
  zeros,
} from './index.ts';

describe('tensors', () => {
  it('hold numbers of every type and give them back', () => {
    expect(tensor([1, 2.5, -3]).toNumbers()).toEqual([1, 2.5, -3]);
    expect(tensor([1, 2, 3], [3], { dtype: 'int64' }).toTypedArray()).toEqual(
      new BigInt64Array([1n, 2n, 3n]),
    );
    expect(tensor(new Uint8Array([1, 0]), [2], { dtype: 'bool' }).toNumbers()).toEqual([1, 0]);
    expect(tensor(new Uint16Array([40000, 1])).toNumbers()).toEqual([40000, 1]);
    expect(tensor([1.5, 2], [2], { dtype: 'bfloat16' }).toNumbers()).toEqual([1.5, 2]);
    expect(tensor(7).shape).toEqual([]);
    expect(tensor([1, 2, 3, 4, 5, 6], [2, 3]).shape).toEqual([2, 3]);
  });

  it('refuse a shape that does not fit', () => {
    expect(() => tensor([1, 2, 3], [2, 2])).toThrow('shape [2, 2] has 4 elements, the data 3');
  });

  it('share memory with JavaScript both ways when asked', () => {
    const data = new Float32Array(new SharedArrayBuffer(12));
    const shared = tensor(data, [3], { share: true });
    data[1] = 5;
    expect(shared.toNumbers()).toEqual([0, 5, 0]);
    ops.add_(shared, 1);
    expect([...data]).toEqual([1, 6, 1]);
  });

  it('move between types and memory orders', () => {
    const x = rand([1, 2, 3, 4]);
    const last = x.to({ memoryFormat: 'channels_last' });
    expect(last.isContiguous('channels_last')).toBe(true);
    expect(last.toFloat32()).toEqual(x.toFloat32());
    expect(x.to({ dtype: 'float32' })).toBe(x);
    expect(x.to({ dtype: 'float64' }).dtype).toBe('float64');
  });

  it('have no memory on the meta device', () => {
    const x = withDevice('meta', () => zeros([1000, 1000, 1000]));
    expect(x.device).toBe('meta');
    expect(x.numel).toBe(1e9);
  });
});

describe('operators', () => {
  it('are callable by name with defaults, numbers, strings and lists', () => {
    const x = tensor([1, 2, 3]);
    expect((callOp('aten::add', 'Tensor', [x, x]) as Tensor).toNumbers()).toEqual([2, 4, 6]);
    expect((callOp('aten::full', '', [[2], 7, 'float32']) as Tensor).dtype).toBe('float32');
    expect((callOp('aten::cat', '', [[x, x]]) as Tensor).shape).toEqual([6]);
    expect(
      (callOp('aten::index', 'Tensor', [x, [tensor([2, 0], [2], { dtype: 'int64' })]]) as Tensor).toNumbers(),
    ).toEqual([3, 1]);
  });

  it('return their own argument when they work in place', () => {
    const x = tensor([1, 2]);
    expect(ops.mul_(x, 3)).toBe(x);
    expect(x.toNumbers()).toEqual([3, 6]);
  });

  it('give readable errors with the operator, the shapes and the reason', () => {
    expect(() => ops.matmul(ones([2, 3]), ones([2, 3]))).toThrow(TorchError);
    expect(() => ops.matmul(ones([2, 3]), ones([2, 3]))).toThrow(
      /matmul\(self: float32\[2, 3\], other: float32\[2, 3\]\): mat1 and mat2/,
    );
    expect(() => callOp('aten::relu', '', [undefined])).toThrow(/argument 1 \(self\) is missing/);
    expect(() => callOp('aten::relu', '', [3])).toThrow(/argument 1 must be a tensor/);
    expect(() => callOp('aten::no_such_thing', '', [])).toThrow(OperatorNotFoundError);
    expect(hasOperator('aten::no_such_thing')).toBe(false);
  });

  it('are heard by listeners', () => {
    const heard: string[] = [];
    const stop = onOperator((name) => heard.push(name));
    ops.relu(ones([2]));
    stop();
    ops.relu(ones([2]));
    expect(heard).toEqual(['aten::ones', 'aten::relu']);
  });
});

describe('scopes', () => {
  it('free what they do not return or keep', () => {
    const before = liveTensors();
    let inner: Tensor | undefined;
    const { result, kept } = scope(() => {
      inner = ones([4]);
      const nested = scope(() => ops.add(inner as Tensor, 1));
      return { result: [ops.mul(nested, 2)], kept: keep(ones([1])) };
    });
    expect(liveTensors() - before).toBe(2);
    expect(inner?.disposed).toBe(true);
    expect(result[0]?.toNumbers()).toEqual([4, 4, 4, 4]);
    result[0]?.dispose();
    kept.dispose();
    kept.dispose();
    expect(liveTensors()).toBe(before);
  });

  it('free everything when the body throws', () => {
    const before = liveTensors();
    expect(() =>
      scope(() => {
        ones([3]);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(liveTensors()).toBe(before);
  });

  it('refuse asynchronous bodies', () => {
    expect(() => scope(async () => 1)).toThrow(/asynchronous/);
  });

  it('make later use of a freed tensor an error', () => {
    const x = ones([2]);
    x.dispose();
    expect(() => ops.relu(x)).toThrow(TensorDisposedError);
    expect(() => x.shape).toThrow(TensorDisposedError);
  });
});

describe('autograd', () => {
  it('accumulates into leaves and returns gradients on request', () => {
    const w = tensor([2, 3]).setRequiresGrad(true);
    const loss = ops.sum(ops.mul(ops.mul(w, w), 2));
    const [gradient] = autogradGrad([loss], [w], { retainGraph: true });
    expect(gradient?.toNumbers()).toEqual([8, 12]);
    loss.backward();
    expect(w.grad?.toNumbers()).toEqual([8, 12]);
    w.setGrad(null);
    expect(w.grad).toBeNull();
  });

  it('records nothing in noGrad and inference mode', () => {
    const w = tensor([2]).setRequiresGrad(true);
    expect(noGrad(() => ops.mul(w, 2)).requiresGrad).toBe(false);
    expect(inferenceMode(() => ops.mul(w, 2)).requiresGrad).toBe(false);
    expect(ops.mul(w, 2).requiresGrad).toBe(true);
  });
});

describe('modes', () => {
  it('autocast turns products into bfloat16 and ends with the region', () => {
    const x = rand([4, 4]);
    expect(autocast({ device: 'cpu', dtype: 'bfloat16' }, () => ops.matmul(x, x)).dtype).toBe('bfloat16');
    expect(ops.matmul(x, x).dtype).toBe('float32');
  });

  it('seeds repeat the same numbers and states can be restored', () => {
    manualSeed(7);
    const first = rand([3]).toNumbers();
    const state = getRngState();
    const second = rand([3]).toNumbers();
    manualSeed(7);
    expect(rand([3]).toNumbers()).toEqual(first);
    setRngState(state);
    expect(rand([3]).toNumbers()).toEqual(second);
  });

  it('knows its version', () => {
    expect(torchVersion()).toMatch(/^\d+\.\d+/);
  });
});
