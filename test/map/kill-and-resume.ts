import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../src/core/index.ts';
import { sha256 } from './support.ts';

const script = join(import.meta.dirname, 'map-child.ts');

/** Starts a map in a process of its own. */
function start(input: string, output: string, blend: string, pause: number): ChildProcess {
  return fork(script, [input, output, blend, String(pause)], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, OMP_NUM_THREADS: '1' },
    stdio: 'ignore',
  });
}

/** Waits for a map to end by itself; false when it was killed. */
function ended(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code === 0)));
}

/**
 * Kills a map again and again at random moments, each time a random while after a random window was finished, until it has
 * been killed `kills` times and then lets it end.
 *
 * @returns the hashes of the map and its confidence, and whether no journal or lock is left
 */
export async function killAndFinish(
  random: Random,
  kills: number,
  job: { input: string; output: string; blend: string; windows: number },
): Promise<{ hashes: string[]; clean: boolean }> {
  const { input, output, blend, windows } = job;
  const confidence = output.replace('.tif', '-confidence.tif');
  for (let kill = 0; kill < kills; kill++) {
    const child = start(input, output, blend, 4);
    const exit = ended(child);
    const after = Math.floor(random.uniform() * windows * 1.2);
    let seen = 0;
    child.on('message', () => {
      if (seen++ >= after) setTimeout(() => child.kill('SIGKILL'), random.between(0, 30));
    });
    // Some are killed before they finish anything, some while they put the files together.
    if (random.uniform() < 0.1) setTimeout(() => child.kill('SIGKILL'), random.between(300, 1500));
    if (await exit) {
      // It was faster than the kill: the next round begins anew.
      for (const file of [output, confidence]) {
        rmSync(file, { force: true });
        rmSync(`${file}.aux.xml`, { force: true });
      }
    }
  }
  await ended(start(input, output, blend, 0));
  const left = [`${output}.journal`, `${output}.lock`].filter((path) => existsSync(path));
  return { hashes: [output, confidence].map(sha256), clean: left.length === 0 };
}
