import { basename, dirname, resolve } from 'node:path';

/**
 * What runs are called in a table: the last part of each folder that tells them apart (`models/unet/predictions` and
 * `models/fpn/predictions` are `unet` and `fpn`).
 */
export function runNames(folders: readonly string[]): string[] {
  const bases = folders.map((folder) => basename(resolve(folder)));
  return folders.map((folder, i) => {
    let place = resolve(folder);
    if (bases.filter((base) => base === bases[i]).length === 1) return bases[i]!;
    const others = folders.filter((_, j) => j !== i).map((other) => resolve(other));
    while (dirname(place) !== place) {
      const name = basename(place);
      if (!others.some((other) => other.split('/').includes(name))) return name;
      place = dirname(place);
    }
    return folder;
  });
}
