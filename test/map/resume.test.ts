import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { OutputExistsError, Random } from '../../src/core/index.ts';
import {
  JournalMismatchError,
  MapInProgressError,
  type MapRasterOptions,
  mapRaster,
  verifyMap,
} from '../../src/inference/index.ts';
import { CorruptRasterError } from '../../src/raster/index.ts';
import { bundleChild } from './bundle-child.ts';
import { comparedFiles, killAndFinish } from './kill-and-resume.ts';
import { productsBeside } from './map-child-products.ts';
import {
  common,
  FakePredictor,
  imageCells,
  readAll,
  sha256,
  temporaryFolder,
  writeImage,
} from './support.ts';

const folder = temporaryFolder();
const input = await writeImage(join(folder, 'image.tif'), 203, 149);
const child = await bundleChild();
afterAll(child.remove);
let sequence = 0;
const fresh = () => join(folder, `map-${sequence++}.tif`);

const run = (output: string, options: Partial<MapRasterOptions> = {}, predictor = new FakePredictor()) =>
  mapRaster({ ...common, input, output, predictor, ...options });

/** Begins a map and stops it after some windows. */
async function stopAfter(windows: number, output: string, options: Partial<MapRasterOptions> = {}) {
  const abort = new AbortController();
  const onProgress = ({ tiles }: { tiles: number }) => {
    if (tiles >= windows) abort.abort(new Error('stopped'));
  };
  await expect(run(output, { ...options, onProgress, signal: abort.signal })).rejects.toThrow('stopped');
}

describe.each([
  ['crop', {}],
  ['hann', { blend: 'hann' }],
  ['wide overlap', { blend: 'linear', margin: 2, overlap: 30 }],
  ['shifts', { shifts: 4, tile: 64 }],
] as const)('%s', (_name, options) => {
  test('an interrupted map goes on and ends with the same bytes', async () => {
    const [once, twice] = [fresh(), fresh()];
    const { totalTiles } = await run(once, options);
    await stopAfter(Math.floor(totalTiles * 0.6), twice, options);
    expect(existsSync(twice)).toBe(false);
    const predictor = new FakePredictor();
    const { resumedTiles } = await run(twice, options, predictor);
    expect(resumedTiles).toBeGreaterThanOrEqual(Math.floor(totalTiles * 0.6));
    expect(predictor.tiles).toBeLessThan(totalTiles);
    expect(sha256(twice)).toBe(sha256(once));
    expect(readFileSync(`${twice}.seal.json`, 'utf8').replaceAll(twice, once)).toContain('arpent-map-seal-1');
  });
});

test('a journal cut or damaged anywhere gives the same map', async () => {
  const [once, output] = [fresh(), fresh()];
  await run(once);
  await stopAfter(12, output);
  const journal = `${output}.journal`;
  const saved = join(folder, 'saved.journal');
  copyFileSync(journal, saved);
  const { size } = statSync(saved);
  const random = new Random(4);
  for (let round = 0; round < 8; round++) {
    copyFileSync(saved, journal);
    const at = Math.floor(random.uniform() * size);
    if (round % 2 === 0) truncateSync(journal, at);
    else writeSync(openSync(journal, 'r+'), Buffer.from([0x5a, 0xa5, 0x17]), 0, 3, at);
    await run(output, { overwrite: true });
    expect(sha256(output)).toBe(sha256(once));
  }
});

test('killed at random moments, it ends with the same bytes', { timeout: 300_000 }, async () => {
  const random = new Random(20);
  const [once, output] = [fresh(), fresh()];
  const { totalTiles } = await run(once, { blend: 'hann', products: productsBeside(once) });
  const job = { script: child.script, input, output, blend: 'hann', windows: totalTiles, thread: false };
  const { hashes, clean } = await killAndFinish(random, 3, job);
  expect(hashes).toEqual(comparedFiles(once).map(sha256));
  expect(clean).toBe(true);
});

test.each([
  ['here', 'false'],
  ['in threads', 'true'],
])(
  'a full disk stops cleanly (%s), and the map goes on when there is room',
  { timeout: 120_000 },
  async (_, threads) => {
    const [once, output] = [fresh(), fresh()];
    await run(once, { blend: 'crop', products: productsBeside(once) });
    // No file may grow beyond 8 kB: the system answers as a full disk does.
    const command = `ulimit -f 8; exec "$@"`;
    const job = [process.execPath, child.script, input, output, 'crop', '0', threads];
    const full = spawnSync('bash', ['-c', command, 'bash', ...job], { encoding: 'utf8' });
    expect(full.status).not.toBe(0);
    expect(full.stderr).toContain('DiskFullError');
    expect(existsSync(output)).toBe(false);
    expect(statSync(`${output}.journal`).size).toBeGreaterThan(1000);
    const { resumedTiles } = await run(output, { blend: 'crop', products: productsBeside(output) });
    expect(resumedTiles).toBeGreaterThan(0);
    expect(comparedFiles(output).map(sha256)).toEqual(comparedFiles(once).map(sha256));
  },
);

test('other settings are refused while a half-finished map is there, unless asked to begin anew', async () => {
  const output = fresh();
  await stopAfter(3, output);
  await expect(run(output, { blend: 'linear' })).rejects.toThrow(JournalMismatchError);
  await expect(run(output, { blend: 'linear' })).rejects.toThrow(/windows/);
  const { resumedTiles } = await run(output, { blend: 'linear', restart: true });
  expect(resumedTiles).toBe(0);
});

test('one map at a time under a name, and no finished one is replaced unasked', async () => {
  const output = fresh();
  const both = [run(output), run(output)];
  const results = await Promise.allSettled(both);
  const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(failed).toHaveLength(1);
  expect(failed[0]).toBeInstanceOf(MapInProgressError);
  await expect(run(output)).rejects.toThrow(OutputExistsError);
  await run(output, { overwrite: true });
});

test('a damaged input block is named; with skipBad it is nodata, reported, and nothing else changes', async () => {
  const damaged = join(folder, 'damaged.tif');
  await writeImage(damaged, 203, 149, {}, imageCells(203, 149));
  const bytes = readFileSync(damaged);
  bytes.fill(0xa5, bytes.length - 1500, bytes.length - 40);
  writeFileSync(damaged, bytes);
  const output = fresh();
  await expect(run(output, { input: damaged })).rejects.toThrow(CorruptRasterError);
  const skipping = fresh();
  const { bad } = await run(skipping, { input: damaged, skipBad: true });
  expect(bad.length).toBeGreaterThan(0);
  const whole = fresh();
  await run(whole);
  const [holed, full] = [await readAll(skipping), await readAll(whole)];
  const near = (i: number) => {
    const [x, y] = [i % 203, Math.floor(i / 203)];
    return bad.some(
      ({ window: w }) => x >= w.x - 3 && y >= w.y - 3 && x < w.x + w.width + 3 && y < w.y + w.height + 3,
    );
  };
  const inside = (i: number) => {
    const [x, y] = [i % 203, Math.floor(i / 203)];
    return bad.some(({ window: w }) => x >= w.x && y >= w.y && x < w.x + w.width && y < w.y + w.height);
  };
  const wrong = holed.filter((value, i) => (inside(i) ? value !== 255 : !near(i) && value !== full[i]));
  expect(wrong).toHaveLength(0);
});

test('a finished map is verified, and damage is told by its place', async () => {
  const output = fresh();
  await run(output, { blend: 'hann' });
  expect(await verifyMap(output)).toEqual({ sound: true, files: [], windows: [] });
  const bytes = readFileSync(output);
  const middle = Math.floor(bytes.length * 0.8);
  bytes.fill(0x5a, middle, middle + 60);
  writeFileSync(output, bytes);
  const found = await verifyMap(output);
  expect(found.sound).toBe(false);
  expect(found.files).toEqual([{ file: output, problem: 'changed' }]);
  expect(found.windows.length).toBeGreaterThan(0);
});
