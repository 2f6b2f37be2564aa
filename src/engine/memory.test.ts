import { expect, test } from 'vitest';
import { Random } from '../core/index.ts';
import { full, ones, ops, peakTensorBytes, scope, type Tensor } from './index.ts';

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

test('blocks of every size become one another, keep what is in them, and take no more than was in use', () => {
  const random = new Random(3);
  const size = () => 1 + Math.floor(random.uniform() ** 2 * 48);
  const inUse = (held: readonly { mib: number }[]) => held.reduce((sum, { mib }) => sum + mib, 0);
  const held: { mib: number; value: number; tensor: Tensor }[] = [];
  const before = resident();
  let most = 0;
  for (let round = 0; round < 300; round++) {
    if (held.length > 0 && (held.length >= 8 || random.chance(0.5))) {
      const [{ tensor, value }] = held.splice(random.below(held.length), 1) as [(typeof held)[0]];
      expect([ops.amin(tensor).item(), ops.amax(tensor).item()]).toEqual([value, value]);
      tensor.dispose();
    } else {
      const mib = size();
      held.push({ mib, value: round, tensor: full([mib, 1024, 256], round) });
      most = Math.max(most, inUse(held));
    }
  }
  // Blocks are whole huge pages, and 64 MiB may wait besides.
  expect(resident() - before).toBeLessThan(most + 8 * 2 + 64);
  for (const { tensor } of held) tensor.dispose();
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
