import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { stateFolder } from './paths.mjs';
import { say } from './report.mjs';

const lock = `${stateFolder}/setup.lock`;

/** Whether the set-up that holds the lock still runs. */
function holderIsAlive() {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs `work` while no other set-up of this clone runs: two that compile or install at once would spoil each other.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withSetupLock(work) {
  mkdirSync(stateFolder, { recursive: true });
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    if (!holderIsAlive()) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!waited) say('another set-up of this folder is running; waiting for it');
    await sleep(300);
  }
  const release = () => rmSync(lock, { force: true });
  const interrupted = () => {
    release();
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    return await work();
  } finally {
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
    release();
  }
}
