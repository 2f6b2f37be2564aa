import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Random } from '../../src/core/index.ts';
import { productsBeside } from './map-child-products.ts';
import { sha256 } from './support-plain.ts';

/** A map that is killed. */
export interface KilledMap {
  /** What makes it: see `bundleChild`. */
  readonly script: string;
  readonly input: string;
  readonly output: string;
  readonly blend: string;
  /** Windows of the map. */
  readonly windows: number;
  /** Whether it is blended and written in threads. */
  readonly thread: boolean;
}

/** What came of a killed map. */
export interface KilledResult {
  /** Of the map and its products. */
  readonly hashes: string[];
  /** Whether no journal, lock or half-written file is left. */
  readonly clean: boolean;
  /** Kills that met the map after its last window, while its files were put together. */
  readonly late: number;
}

/** Every file of a map that a test compares. */
export function comparedFiles(output: string): string[] {
  const { confidence, statistics, vectors } = productsBeside(output);
  return [output, confidence, statistics, vectors.path];
}

function removeFiles(output: string): void {
  for (const file of [...comparedFiles(output), `${output}.aux.xml`]) rmSync(file, { force: true });
}

/** Starts a map in a process of its own. */
function start({ script, input, output, blend, thread }: KilledMap, pause: number): ChildProcess {
  return fork(script, [input, output, blend, String(pause), String(thread)], {
    execArgv: [],
    env: { ...process.env, OMP_NUM_THREADS: '1' },
    stdio: 'ignore',
  });
}

/** Waits for a map to end by itself; false when it was killed. */
function ended(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve(code === 0);
      else reject(new Error(`the map failed by itself with code ${code}`));
    });
  });
}

/** Whether a map is whole: its journal goes last but for the lock. */
const isWhole = (output: string) => existsSync(output) && !existsSync(`${output}.journal`);

/** Files beside a map that are not its products. */
function leftBeside(output: string): string[] {
  const stem = basename(output, '.tif');
  return readdirSync(dirname(output)).filter(
    (name) => name.startsWith(stem) && /\.(journal|lock)$|\.(tiles|partial)-\d+-\d+/.test(name),
  );
}

/**
 * Kills a map again and again, each time a random while after a random window was finished, or while its files are put
 * together, until it has been killed `kills` times; then lets it end.
 */
export async function killAndFinish(random: Random, kills: number, job: KilledMap): Promise<KilledResult> {
  const { output, windows } = job;
  let late = 0;
  for (let killed = 0; killed < kills; ) {
    if (isWhole(output)) removeFiles(output);
    const child = start(job, 4);
    const exit = ended(child);
    // A quarter of the kills wait for the last window; what follows it takes some tens of milliseconds.
    const after = Math.min(windows, Math.ceil(random.uniform() * windows * 1.33));
    const pause = random.between(0, after === windows ? 120 : 30);
    let tiles = 0;
    let timed = false;
    child.on('message', (done: number) => {
      tiles = done;
      if (done < after || timed) return;
      timed = true;
      setTimeout(() => child.kill('SIGKILL'), pause);
    });
    // Some are killed before they finish anything.
    if (random.uniform() < 0.05) setTimeout(() => child.kill('SIGKILL'), random.between(300, 1500));
    // A map that was faster does not count; the next begins anew.
    if (await exit) continue;
    killed++;
    if (tiles === windows) late++;
  }
  // A map killed after its last step is whole already; only its lock may be left.
  if (isWhole(output)) rmSync(`${output}.lock`, { force: true });
  else await ended(start(job, 0));
  return { hashes: comparedFiles(output).map(sha256), clean: leftBeside(output).length === 0, late };
}
