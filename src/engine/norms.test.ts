import { expect, it } from 'vitest';
import { autocast, manualSeed, ones, ops, randn, scope, type Tensor, zeros } from './index.ts';

const norms = {
  'layer norm': (x: Tensor, weight: Tensor) => ops.layerNorm(x, [8], weight, zeros([8])),
  'group norm': (x: Tensor, weight: Tensor) =>
    ops.groupNorm(ops.permute(x, [0, 3, 1, 2]), 4, weight, zeros([8])),
};

it.each(Object.entries(norms))(
  '%s takes images of 16 bits with weights of 32, forward and backward',
  (_, norm) => {
    scope(() => {
      manualSeed(1);
      // Of an input without a gradient libtorch 2.13 crashes.
      const x = randn([2, 5, 5, 8]).setRequiresGrad(true);
      const weight = ones([8]).setRequiresGrad(true);
      const exact = norm(x, weight).detach();
      const rounded = autocast({ device: 'cpu', dtype: 'bfloat16' }, () =>
        norm(x.to({ dtype: 'bfloat16' }), weight),
      );
      expect(rounded.dtype).toBe('bfloat16');
      const error = ops.sub(rounded.to({ dtype: 'float32' }), exact);
      expect(ops.amax(ops.abs(error)).item()).toBeLessThan(0.05);
      ops.sum(ops.square(rounded)).backward();
      expect(weight.grad!.dtype).toBe('float32');
      expect(ops.amin(ops.abs(weight.grad!)).item()).toBeGreaterThan(1);
    });
  },
);
