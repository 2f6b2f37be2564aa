import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TileSpool } from './spool.ts';

test('tiles come back whether they are still in memory or on the disk, and nothing stays', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'arpent-spool-'));
  const spool = new TileSpool(join(folder, 'map.tif'), 1000);
  const tiles = Array.from({ length: 50 }, (_, index) => new Uint8Array(10 + index * 3).fill(index));
  const entries = await Promise.all(tiles.map((tile) => spool.append(tile)));
  expect(readdirSync(folder).length).toBe(1);
  for (const index of [49, 0, 20, 33, 48])
    expect(Buffer.compare(await spool.read(entries[index]!), tiles[index]!)).toBe(0);
  await spool.remove();
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});

test('few tiles never touch the disk', async () => {
  const output = join(tmpdir(), `arpent-few-${process.pid}.tif`);
  const spool = new TileSpool(output, 1000);
  const entry = await spool.append(new Uint8Array([1, 2, 3]));
  expect([...(await spool.read(entry))]).toEqual([1, 2, 3]);
  expect(existsSync(output)).toBe(false);
  expect(readdirSync(tmpdir()).some((name) => name.startsWith(`arpent-few-${process.pid}`))).toBe(false);
  await spool.remove();
});
