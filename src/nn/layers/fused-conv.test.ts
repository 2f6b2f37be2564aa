import { describe, expect, it } from 'vitest';
import {
  autocast,
  inferenceMode,
  isTorchAtLeast,
  manualSeed,
  ops,
  randn,
  scope,
  type Tensor,
} from '../../engine/index.ts';
import { Conv2d, type Conv2dOptions } from './conv.ts';
import { FusedConv2d } from './fused-conv.ts';

/** Largest difference, as a part of the largest number. */
function difference(a: Tensor, b: Tensor): number {
  const [one, other] = [a.to({ dtype: 'float32' }), b.to({ dtype: 'float32' })];
  return ops.amax(ops.abs(ops.sub(one, other))).item() / ops.amax(ops.abs(other)).item();
}

/** Every processor of this architecture packs float32 since libtorch 2. */
const packs = isTorchAtLeast(2);
const surely = process.arch === 'x64';

const kinds: { readonly name: string; readonly kernel: number; readonly options: Conv2dOptions }[] = [
  { name: '3 × 3', kernel: 3, options: { padding: 1 } },
  { name: '1 × 1 without bias', kernel: 1, options: { bias: false } },
  { name: '7 × 7 of stride 2', kernel: 7, options: { stride: 2, padding: 3 } },
  { name: 'dilated', kernel: 3, options: { padding: 2, dilation: 2 } },
  { name: 'in groups', kernel: 3, options: { padding: 1, groups: 4 } },
];

describe.each([true, false])('a convolution with what follows it (packed: %s)', (packed) => {
  it.each(kinds)('is as one by one: $name', ({ kernel, options }) => {
    scope(() => {
      manualSeed(2);
      const conv = new Conv2d(8, 12, kernel, options);
      // Two sizes, for the weights are packed before any is known; and maps in either order.
      for (const [side, order] of [
        [32, 'contiguous'],
        [21, 'channels_last'],
      ] as const) {
        const x = randn([2, 8, side, side + 3]).to({ memoryFormat: order });
        const copy = () => {
          const other = new Conv2d(8, 12, kernel, options);
          other.loadStateDict(conv.stateDict());
          return other;
        };
        inferenceMode(() => {
          const plain = conv.forward(x);
          const onto = randn([...plain.shape]);
          const before = ops.clone(onto);
          const fused = new FusedConv2d(copy(), { relu: true });
          const bare = new FusedConv2d(copy());
          if (packed) for (const each of [fused, bare]) each.pack();
          if (surely) expect(fused.weight === null).toBe(packed && packs);
          expect(difference(fused.forward(x), ops.relu(plain))).toBeLessThan(1e-6);
          expect(difference(fused.forward(x, onto), ops.relu(ops.add(plain, onto)))).toBeLessThan(1e-6);
          expect(difference(bare.forward(x), plain)).toBeLessThan(1e-6);
          expect(difference(bare.forward(x, onto), ops.add(plain, onto))).toBeLessThan(1e-6);
          expect(difference(onto, before)).toBe(0);
          for (const each of [fused, bare]) each.dispose();
        });
      }
      conv.dispose();
    });
  });

  it('rounds to bfloat16 what it is given in float32', () => {
    scope(() => {
      manualSeed(3);
      const conv = new Conv2d(16, 16, 3, { padding: 1 });
      const x = randn([1, 16, 24, 24]);
      const expected = inferenceMode(() => ops.relu(conv.forward(x)));
      const fused = new FusedConv2d(conv, { relu: true });
      if (packed) fused.pack('bfloat16');
      const rounded = () => autocast({ device: 'cpu', dtype: 'bfloat16' }, () => fused.forward(x));
      const found = inferenceMode(rounded);
      expect(found.dtype).toBe('bfloat16');
      expect(difference(found, expected)).toBeLessThan(0.02);
      fused.dispose();
    });
  });
});
