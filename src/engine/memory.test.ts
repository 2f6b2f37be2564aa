import { expect, test } from 'vitest';
import { ones, ops, peakTensorBytes, scope, type Tensor } from './index.ts';

const MIB = 2 ** 20;
const resident = () => process.memoryUsage().rss / MIB;
/** A tensor of so many MiB, written once so that it takes them. */
const block = (mib: number): Tensor => ones([mib, 1024, 256]);

test('a freed block serves the next tensor of its size; blocks that wait go before more is held than was in use', () => {
  block(1).dispose();
  const before = resident();
  block(192).dispose();
  // The same size again, and a little less: nothing is asked of the system.
  for (let i = 0; i < 4; i++) block(192 - 4 * i).dispose();
  expect(resident() - before).toBeLessThan(192 + 64);
  // Other sizes: what waits makes room for them.
  const others = [40, 41, 42, 43].map(block);
  expect(resident() - before).toBeLessThan(192 + 64);
  for (const tensor of others) {
    expect(ops.sum(tensor).item()).toBe(tensor.numel);
    tensor.dispose();
  }
  expect(resident() - before).toBeLessThan(192 + 64);
});

test('blocks that wait are shared by tensors without ever being shared by two at once', () => {
  scope(() => {
    const held = Array.from({ length: 6 }, (_, i) => ops.mul(block(8), i));
    for (let round = 0; round < 8; round++) {
      const at = (round * 5) % held.length;
      held[at]!.dispose();
      held[at] = ops.mul(block(8), at);
      for (const [value, tensor] of held.entries()) {
        expect(ops.amax(tensor).item()).toBe(value);
        expect(ops.amin(tensor).item()).toBe(value);
      }
    }
  });
});

test('the most that tensors take at once is counted, what was alive before left out', async () => {
  const held = block(8);
  const bytes = await peakTensorBytes(() =>
    scope(() => {
      block(4).dispose();
      const [a, b] = [block(2), ones([1000])];
      return ops.add(a, 1).numel + b.numel;
    }),
  );
  held.dispose();
  // Two of 2 MiB at once, a thousand numbers beside them, or 4 MiB alone; `ones` takes nothing besides its result.
  expect(bytes).toBeGreaterThanOrEqual(4 * MIB + 4000);
  expect(bytes).toBeLessThan(4.5 * MIB);
  expect(await peakTensorBytes(() => undefined)).toBe(0);
});
