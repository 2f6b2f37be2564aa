import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/raster/fixtures.ts';
import { requirePatchFiles } from './missing-files.ts';
import type { Patch } from './patch-list.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
mkdirSync(at('img'));
for (const name of ['img/1.tif', 'img/2.tif']) writeFileSync(at(name), '');

const patch = (line: number, image: string, mask: string | null = 'img/1.tif'): Patch => ({
  image: at(image),
  mask: mask === null ? null : at(mask),
  list: 'train.csv',
  line,
});

test('lists whose files are there pass, masks that are not wanted unseen', async () => {
  await requirePatchFiles([patch(1, 'img/1.tif'), patch(2, 'img/2.tif', null)]);
  await requirePatchFiles([{ ...patch(1, 'img/1.tif'), image: '/vsizip/archive.zip/a.tif' }]);
});

test('missing files are named by line, the first ones of many', async () => {
  const one = requirePatchFiles([patch(1, 'img/1.tif'), patch(7, 'img/2.tif', 'msk/2.tif')]);
  await expect(one).rejects.toMatchObject({ name: 'BadPatchError', place: { file: 'train.csv', line: 7 } });
  await expect(one).rejects.toThrow(`train.csv:7: ${at('msk/2.tif')}: no such raster file\n`);
  const many = Array.from({ length: 30 }, (_, i) => patch(i + 3, `img/${i + 3}.tif`));
  const error = await requirePatchFiles(many).catch((caught: Error) => caught.message);
  expect(error).toContain(`train.csv:3: ${at('img/3.tif')}: no such raster file; 29 more files are missing:`);
  expect(error).toContain(`\n  train.csv:22: ${at('img/22.tif')}\n  … and 10 more`);
});
