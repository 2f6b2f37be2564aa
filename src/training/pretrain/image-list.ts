import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { type Patch, PatchListError, readPatchList } from '../../data/index.ts';

const IMAGES = new Set(['.tif', '.tiff', '.jp2', '.png', '.jpg', '.jpeg', '.vrt']);

/**
 * Images without labels: those of a CSV list (first column), or all in a folder and the folders below it, in the order
 * of their paths.
 *
 * @throws PatchListError when there are none
 */
export async function readImageList(source: string): Promise<Patch[]> {
  const found = await stat(source).catch(() => null);
  if (!found?.isDirectory()) {
    const patches = await readPatchList(source);
    return patches.map((patch) => ({ ...patch, mask: null }));
  }
  const names = await readdir(source, { recursive: true });
  const images = names.filter((name) => IMAGES.has(extname(name).toLowerCase())).sort();
  if (images.length === 0) {
    throw new PatchListError('there are no images here', {
      file: source,
      remedy: `give a folder with ${[...IMAGES].join(', ')} files, or a CSV list of images`,
    });
  }
  return images.map((name) => ({ image: join(source, name), mask: null, list: null, line: null }));
}
