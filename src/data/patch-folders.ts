import { readdir } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { Random } from '../core/index.ts';
import { PatchListError } from './errors.ts';
import type { Patch } from './patch-list.ts';

const RASTERS = new Set(['.tif', '.tiff', '.jp2', '.png', '.jpg', '.jpeg']);

/** An image or mask by the number in its name, and the first-level folder it lies in. */
interface NumberedFile {
  readonly path: string;
  readonly number: number;
  readonly domain: string;
}

async function numberedFiles(folder: string, kind: string): Promise<NumberedFile[]> {
  const remedy = `give the folder of the ${kind}, laid out as <domain>/<zone>/…`;
  let names: string[];
  try {
    names = await readdir(folder, { recursive: true });
  } catch (cause) {
    throw new PatchListError(`the folder of ${kind} cannot be read`, { file: folder, remedy, cause });
  }
  const files = names.flatMap((name) => {
    const number = /(\d+)\.\w+$/.exec(name)?.[1];
    if (number === undefined || !RASTERS.has(extname(name).toLowerCase())) return [];
    const path = join(folder, name);
    return [{ path, number: Number(number), domain: relative(folder, path).split(sep)[0]! }];
  });
  if (files.length === 0) throw new PatchListError(`there are no ${kind} here`, { file: folder, remedy });
  return files.sort((a, b) => a.number - b.number || (a.path < b.path ? -1 : 1));
}

/**
 * Patches of folders laid out by domain (`D004_2021/Z1_NN/img/IMG_000001.tif`), in the order of their numbers; images and
 * masks are paired by number.
 *
 * @param masks folder of the masks; null where there is nothing to learn or score from
 * @returns patches by domain (first-level folder)
 * @throws PatchListError when a folder holds nothing, or an image has no mask
 */
export async function readPatchFolders(images: string, masks: string | null): Promise<Map<string, Patch[]>> {
  const [imageFiles, maskFiles] = await Promise.all([
    numberedFiles(images, 'images'),
    masks === null ? [] : numberedFiles(masks, 'masks'),
  ]);
  const maskOf = new Map(maskFiles.map(({ number, path }) => [number, path]));
  const domains = new Map<string, Patch[]>();
  for (const { path, number, domain } of imageFiles) {
    const mask = masks === null ? null : maskOf.get(number);
    if (mask === undefined) {
      throw new PatchListError(`image ${number} has no mask`, {
        file: path,
        remedy: `add its mask below ${masks}; images and masks share their number`,
      });
    }
    const patches = domains.get(domain) ?? [];
    patches.push({ image: path, mask, list: null, line: null });
    domains.set(domain, patches);
  }
  return domains;
}

/**
 * Splits patches by whole domains, so that neighbours never stand on both sides.
 * @param share of the shuffled domains that validates
 */
export function splitDomains(
  domains: ReadonlyMap<string, readonly Patch[]>,
  share: number,
  seed: number,
): { train: Patch[]; validation: Patch[] } {
  const names = new Random(seed, 3).shuffle([...domains.keys()].sort());
  const trained = new Set(names.slice(0, Math.max(1, Math.floor(names.length * (1 - share)))));
  const of = (wanted: boolean) =>
    [...domains].flatMap(([name, patches]) => (trained.has(name) === wanted ? patches : []));
  return { train: of(true), validation: of(false) };
}
