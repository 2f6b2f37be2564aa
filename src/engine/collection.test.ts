import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ones, ops, scope, type Tensor } from './index.ts';
import { native } from './native.ts';

const MIB = 2 ** 20;
const block = (mib: number): Tensor => ones([mib, 1024, 256]);

/** How often everything was searched for what nobody holds, while `body` ran. */
async function fullCollections(body: () => Promise<void>): Promise<number> {
  let count = 0;
  const isFull = (entry: PerformanceEntry) =>
    (entry as { detail?: { kind?: number } }).detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
  const observer = new PerformanceObserver((list) => {
    count += list.getEntries().filter(isFull).length;
  });
  observer.observe({ entryTypes: ['gc'] });
  await body();
  await setTimeout(50);
  observer.disconnect();
  return count;
}

test('tensors that no scope frees and nobody holds are found by the garbage collector', async () => {
  const before = native().tensorBytes();
  let most = 0;
  for (let i = 0; i < 64; i++) {
    block(32);
    most = Math.max(most, native().tensorBytes() - before);
    await setImmediate();
  }
  expect(most).toBeLessThan(1024 * MIB);
});

test('what scopes hold and free makes the garbage collector do nothing', async () => {
  const collections = await fullCollections(async () => {
    for (let i = 0; i < 64; i++) {
      scope(() => void ops.add(block(32), ops.mul(block(32), 2)));
      await setImmediate();
    }
  });
  expect(collections).toBeLessThan(4);
});
