import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packagesMatchLock } from '../../scripts/setup/npm-packages.mjs';

const execute = promisify(execFile);

const setUp = () => execute(process.execPath, ['scripts/setup.mjs']);
const quiet = /^set-up: nothing to do; libtorch \d+\.\d+\.\d+/;

/** Runs the set-up until the clone is ready: sources may have been edited since the last one. */
async function settle(): Promise<void> {
  for (let round = 0; round < 5; round++) if (quiet.test((await setUp()).stderr)) return;
}

test('a set-up right after another finds nothing to do, in about a second', async () => {
  await settle();
  const seconds: number[] = [];
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    expect((await setUp()).stderr).toMatch(quiet);
    seconds.push((performance.now() - start) / 1000);
  }
  // The best of three, as other work may be going on.
  expect(Math.min(...seconds)).toBeLessThan(1.5);
}, 600_000);

test('two set-ups at once do not spoil each other', async () => {
  for (const { stderr } of await Promise.all([setUp(), setUp()])) {
    expect(stderr).toMatch(/^set-up(: nothing to do| done); libtorch/m);
  }
}, 600_000);

test('the installed packages are those of the lock', () => {
  expect(packagesMatchLock('.')).toBe(true);
});
