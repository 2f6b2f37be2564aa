import { openRaster, readRasterInfo } from '../raster/index.ts';
import type { MaskDecoder } from './masks.ts';
import type { Patch } from './patch-list.ts';
import { readAhead } from './read-ahead.ts';
import type { SplitPatch } from './splits.ts';

/** What is read of each patch. */
export interface ReadSplitOptions {
  /** Decodes masks, to stratify by class; null leaves them unread. */
  readonly decodeMask: MaskDecoder | null;
  readonly maskColors?: boolean;
  readonly classes: number;
  /** Also where the image lies, for blocks. */
  readonly places?: boolean;
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

async function centreOf(image: string): Promise<readonly [number, number] | undefined> {
  const { geoTransform, width, height } = await readRasterInfo(image);
  if (geoTransform === null) return undefined;
  const [x0, xx, xy, y0, yx, yy] = geoTransform;
  return [x0 + (xx * width) / 2 + (xy * height) / 2, y0 + (yx * width) / 2 + (yy * height) / 2];
}

async function pixelsOf(patch: Patch, options: ReadSplitOptions): Promise<number[]> {
  if (options.decodeMask === null || patch.mask === null) return [];
  const colors = options.maskColors === true;
  await using mask = await openRaster(patch.mask, { palette: colors ? 'rgb' : 'index' });
  const block = await mask.read({ bands: colors && mask.bandCount >= 3 ? [1, 2, 3] : [1] });
  const counts = new Array<number>(options.classes).fill(0);
  for (const index of options.decodeMask(block, { file: patch.mask })) {
    if (index < options.classes) counts[index]!++;
  }
  return counts;
}

/**
 * Reads what a split needs: the pixels of each class, and where asked the place on the ground.
 * @throws {RasterNotFoundError | UnknownClassError | …} naming the file.
 */
export async function readSplitPatches(
  patches: readonly Patch[],
  options: ReadSplitOptions,
): Promise<SplitPatch[]> {
  const read = async (patch: Patch): Promise<SplitPatch> => ({
    patch,
    pixels: await pixelsOf(patch, options),
    centre: options.places === true ? await centreOf(patch.image) : undefined,
  });
  const result: SplitPatch[] = [];
  for await (const patch of readAhead(patches, read, options.workers ?? 4)) {
    result.push(patch);
    options.onProgress?.(result.length, patches.length);
  }
  return result;
}
