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

test('a set-up right after another finds nothing to do, within three seconds', async () => {
  await settle();
  const start = performance.now();
  const { stderr } = await setUp();
  expect(stderr).toMatch(quiet);
  expect(performance.now() - start).toBeLessThan(3000);
}, 600_000);

test('two set-ups at once do not spoil each other', async () => {
  for (const { stderr } of await Promise.all([setUp(), setUp()])) {
    expect(stderr).toMatch(/^set-up(: nothing to do| done); libtorch/m);
  }
}, 600_000);

test('the installed packages are those of the lock', () => {
  expect(packagesMatchLock('.')).toBe(true);
});
