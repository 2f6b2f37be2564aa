import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { PatchListError } from './errors.ts';
import { readPatchList } from './patch-list.ts';

let folder: string;
const write = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'arpent-lists-'));
  mkdirSync(join(folder, 'moved', 'D1', 'img'), { recursive: true });
  writeFileSync(join(folder, 'moved', 'D1', 'img', 'a.tif'), '');
});

describe('readPatchList', () => {
  it('reads pairs relative to the list, skips empty lines and keeps line numbers', async () => {
    const list = write('a.csv', '\uFEFFimg/a.tif,msk/a.tif\r\n\r\nimg/b.tif\n');
    expect(await readPatchList(list)).toEqual([
      { image: join(folder, 'img/a.tif'), mask: join(folder, 'msk/a.tif'), list, line: 1 },
      { image: join(folder, 'img/b.tif'), mask: null, list, line: 3 },
    ]);
  });

  it('takes quoted paths with commas and quotes, and leaves further columns alone', async () => {
    const list = write('b.csv', '"a, ""b"".tif","m.tif",extra\n');
    const [patch] = await readPatchList(list, { relativeTo: '/data' });
    expect(patch).toMatchObject({ image: '/data/a, "b".tif', mask: '/data/m.tif' });
  });

  it('finds the longest tail of a path below a root', async () => {
    const list = write('c.csv', '../somewhere/else/D1/img/a.tif,../somewhere/else/D1/msk/a.tif\n');
    const [patch] = await readPatchList(list, { root: join(folder, 'moved') });
    expect(patch?.image).toBe(join(folder, 'moved/D1/img/a.tif'));
  });

  it('refuses lists that are missing, empty or name no image', async () => {
    await expect(readPatchList(join(folder, 'none.csv'))).rejects.toThrow(PatchListError);
    await expect(readPatchList(write('d.csv', '\n\n'))).rejects.toThrow('the list names no patch');
    await expect(readPatchList(write('e.csv', 'a.tif,b.tif\n,b.tif\n'))).rejects.toThrow(
      'e.csv:2: this line names no image',
    );
  });
});
