import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createGeoTiff, pixelBlock } from '../../raster/index.ts';
import { WorkerLostError } from '../errors.ts';
import { WorkerPool } from './worker-pool.ts';

const folder = mkdtempSync(join(tmpdir(), 'arpent-pool-'));
const pool = new WorkerPool({ size: 1, queue: 4, patience: 30_000 });
afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true, force: true });
});

const path = join(folder, 'raster.tif');
const ask = () => pool.run('value-counts', { source: { path, remote: false } });

test('a task goes to another process where the first was gone before it began', async () => {
  const grid = { width: 4, height: 4, crs: null, geoTransform: null };
  const writer = await createGeoTiff(path, { ...grid, dataType: 'uint8' });
  await writer.write(pixelBlock(new Uint8Array(16).fill(7), 1, 4, 4), 0, 0);
  await writer.close();
  const counts = await ask();
  for (const pid of pool.processes) process.kill(pid, 'SIGKILL');
  // Nothing has told the pool yet that the process is gone.
  expect(pool.processes).toHaveLength(1);
  expect(await ask()).toEqual(counts);
});

test('a task that throws or takes too long fails alone', async () => {
  const working = pool.run('value-counts', { source: { path: join(folder, 'missing.tif'), remote: false } });
  await expect(working).rejects.toMatchObject({ name: 'RasterNotFoundError' });
  const stuck = new WorkerPool({ size: 1, queue: 1, patience: 1 });
  await expect(stuck.run('value-counts', { source: { path, remote: false } })).rejects.toThrow(
    WorkerLostError,
  );
  await stuck.close();
  expect(await ask()).toBeDefined();
});
