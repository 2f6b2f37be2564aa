// Lists of patches in FLAIR's folders.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Writes `image,mask` of every patch below a folder (`<domain>/<zone>/img/IMG_000001.tif`), in the order of their numbers; the
 * mask stays empty where there is none.
 * @returns {number} the number of patches
 */
export function writeFlairList(file, images, masks) {
  const patches = readdirSync(images, { recursive: true })
    .filter((path) => /IMG_\d+\.tif$/.test(path))
    .sort((a, b) => basename(a).localeCompare(basename(b)));
  const lines = patches.map((path) => {
    const mask = join(masks, dirname(dirname(path)), 'msk', basename(path).replace('IMG_', 'MSK_'));
    return `${join(images, path)},${existsSync(mask) ? mask : ''}\n`;
  });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, lines.join(''));
  return patches.length;
}
