import type { Random } from '../core/index.ts';
import { openRaster, type PixelArray, type RasterDataType, type RasterWindow } from '../raster/index.ts';
import type { CellPool } from './cell-pool.ts';
import { MaskSizeError } from './errors.ts';
import type { MaskDecoder } from './masks.ts';
import { errorAtLine, SKIP_REMARK } from './patch-error.ts';
import type { Patch } from './patch-list.ts';

/** A patch in memory, as stored: nothing is normalised yet. */
export interface Sample {
  readonly patch: Patch;
  /** Planar `[channels, height, width]`. */
  readonly image: PixelArray;
  readonly dataType: RasterDataType;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Class indices `[height, width]`, or null where the patch has no mask. */
  readonly mask: Uint8Array | null;
}

/** How patches are read. */
export interface ReadPatchOptions {
  /** 1-based bands, in the order the network sees them. */
  readonly channels: readonly number[];
  /** Decodes masks; null reads images only. */
  readonly decodeMask: MaskDecoder | null;
  /** Painted masks are read as colours, palette images included. */
  readonly maskColors?: boolean;
  /** Where cells come from; their taker gives them back with {@link releaseSample}. New memory when there is none. */
  readonly pool?: CellPool;
  /** Side of the square to cut out, in pixels; images that are smaller are taken whole. */
  readonly crop?: number | null;
}

/** A random square inside the image; the whole where the image is not larger. */
function cropWindow(width: number, height: number, crop: number | null, random: Random | null): RasterWindow {
  const [w, h] = [Math.min(width, crop ?? width), Math.min(height, crop ?? height)];
  const place = (room: number) => (random ? random.below(room + 1) : Math.floor(room / 2));
  return { x: place(width - w), y: place(height - h), width: w, height: h };
}

async function readWhole(patch: Patch, options: ReadPatchOptions, random: Random | null): Promise<Sample> {
  await using image = await openRaster(patch.image, {
    bands: options.channels,
    palette: 'rgb',
    skipCrs: true,
  });
  const window = cropWindow(image.width, image.height, options.crop ?? null, random);
  const { width, height } = window;
  const { channels, pool } = options;
  const cells = pool?.take(image.dataType, channels.length * width * height);
  const request = { ...window, bandsInTurn: true };
  const pixels = await image.read(cells === undefined ? request : { ...request, into: cells });
  const sample = {
    patch,
    image: pixels.data,
    dataType: image.dataType,
    channels: channels.length,
    width,
    height,
  };
  if (options.decodeMask === null || patch.mask === null) return { ...sample, mask: null };
  await using mask = await openRaster(patch.mask, {
    palette: options.maskColors ? 'rgb' : 'index',
    skipCrs: true,
  });
  if (mask.width !== image.width || mask.height !== image.height) {
    throw new MaskSizeError(
      `the mask is ${mask.width} × ${mask.height} pixels, its image ${image.width} × ${image.height}`,
      { file: patch.mask, remedy: 'make both cover the same pixels' },
    );
  }
  const bands = options.maskColors && mask.bandCount >= 3 ? [1, 2, 3] : [1];
  const codes = pool?.take(mask.dataType, bands.length * width * height);
  const block = await mask.read(
    codes === undefined ? { ...window, bands } : { ...window, bands, into: codes },
  );
  const indices = pool?.take('uint8', width * height) as Uint8Array | undefined;
  const decoded = options.decodeMask(block, { file: patch.mask }, indices);
  if (codes !== undefined) pool?.give(codes);
  return { ...sample, mask: decoded };
}

/** Gives a sample's cells back to the pool they were taken from; the sample is of no use after. */
export function releaseSample({ image, mask }: Sample, pool: CellPool): void {
  pool.give(image);
  if (mask !== null) pool.give(mask);
}

/**
 * Reads one patch, or a random square of it.
 *
 * @param random where the square lies; null takes the middle
 * @throws BadPatchError (or its subclasses) naming the line of the list, for whatever is wrong with the files
 */
export async function readPatch(
  patch: Patch,
  options: ReadPatchOptions,
  random: Random | null = null,
): Promise<Sample> {
  try {
    return await readWhole(patch, options, random);
  } catch (error) {
    throw errorAtLine(patch, error, SKIP_REMARK);
  }
}
