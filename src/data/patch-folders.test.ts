import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readPatchFolders, splitDomains } from './patch-folders.ts';

const folder = mkdtempSync(join(tmpdir(), 'arpent-folders-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function touch(path: string): string {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), '');
  return join(folder, path);
}

for (const [domain, number] of [
  ['D004_2021', 10],
  ['D004_2021', 9],
  ['D014_2020', 2],
  ['D029_2021', 3],
  ['D031_2019', 4],
  ['D058_2020', 5],
] as const) {
  const id = String(number).padStart(6, '0');
  touch(`images/${domain}/Z1_NN/img/IMG_${id}.tif`);
  touch(`images/${domain}/Z1_NN/img/IMG_${id}.tif.aux.xml`);
  touch(`masks/${domain}/Z1_NN/msk/MSK_${id}.tif`);
}

test('images and masks are paired by number, in numeric order, and stray files skipped', async () => {
  const domains = await readPatchFolders(join(folder, 'images'), join(folder, 'masks'));
  expect([...domains.keys()].sort()).toEqual([
    'D004_2021',
    'D014_2020',
    'D029_2021',
    'D031_2019',
    'D058_2020',
  ]);
  const patches = domains.get('D004_2021')!;
  expect(patches.map(({ image }) => image.slice(-8))).toEqual(['0009.tif', '0010.tif']);
  expect(patches[0]!.mask).toBe(join(folder, 'masks/D004_2021/Z1_NN/msk/MSK_000009.tif'));
});

test('an image without a mask is named', async () => {
  const extra = touch('images/D058_2020/Z1_NN/img/IMG_000077.tif');
  await expect(readPatchFolders(join(folder, 'images'), join(folder, 'masks'))).rejects.toThrow(
    `${extra}: image 77 has no mask`,
  );
  const alone = await readPatchFolders(join(folder, 'images'), null);
  expect(alone.get('D058_2020')!.every(({ mask }) => mask === null)).toBe(true);
  rmSync(extra);
});

test('whole domains validate, the same ones for the same seed', async () => {
  const domains = await readPatchFolders(join(folder, 'images'), join(folder, 'masks'));
  const { train, validation } = splitDomains(domains, 0.2, 7);
  expect(train.length + validation.length).toBe(6);
  expect(validation.length).toBeGreaterThan(0);
  const domainOf = (path: string) => /D\d+_\d+/.exec(path)![0];
  const trained = new Set(train.map(({ image }) => domainOf(image)));
  expect(validation.some(({ image }) => trained.has(domainOf(image)))).toBe(false);
  expect(splitDomains(domains, 0.2, 7)).toEqual({ train, validation });
});

test('an empty folder is an error that says what is wanted', async () => {
  mkdirSync(join(folder, 'empty'));
  await expect(readPatchFolders(join(folder, 'empty'), null)).rejects.toThrow('there are no images here');
  await expect(readPatchFolders(join(folder, 'nowhere'), null)).rejects.toThrow('cannot be read');
});
