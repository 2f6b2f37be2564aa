import { expect, it, vi } from 'vitest';
import { inferenceMode, ops, scope, tensor } from '../../engine/index.ts';
import { TensorCache } from './tensor-cache.ts';

it('makes a tensor once and forgets the one unused for longest', () => {
  const cache = new TensorCache(2);
  const like = tensor([1]);
  const make = vi.fn(() => tensor([1, 2]));
  scope(() => {
    const first = cache.get('a', like, make);
    expect(cache.get('a', like, make)).toBe(first);
    cache.get('b', like, make);
    cache.get('a', like, make);
    cache.get('c', like, make);
    expect(make).toHaveBeenCalledTimes(3);
    expect(cache.get('a', like, make)).toBe(first);
    cache.get('b', like, make);
    expect(make).toHaveBeenCalledTimes(4);
  });
  expect(cache.get('b', like, make).toNumbers()).toEqual([1, 2]);
});

it('keeps tensors of inference mode away from training', () => {
  const cache = new TensorCache();
  const weight = tensor([3]).setRequiresGrad(true);
  const make = () => tensor([2]);
  inferenceMode(() =>
    scope(() => ops.mul(weight, cache.get('factor', ops.mul(weight, 1), make)).toNumbers()),
  );
  const loss = ops.mul(weight, cache.get('factor', ops.mul(weight, 1), make));
  loss.backward();
  expect(weight.grad?.item()).toBe(2);
});
