import { createHash } from 'node:crypto';
import {
  bandOf,
  crsName,
  type GeoTransform,
  groundSamplingDistance,
  openRaster,
  pixelToGeo,
  type Raster,
} from '../../raster/index.ts';
import { MaskSizeError } from '../errors.ts';
import type { Patch } from '../patch-list.ts';
import { ChannelStatistics } from './channel-statistics.ts';

/** What one image and its mask are. */
export interface PatchFacts {
  readonly patch: Patch;
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly dataType: string;
  /** `EPSG:2154`, or `none`. */
  readonly crs: string;
  /** Side of a pixel on the ground, in metres. */
  readonly resolution: number | null;
  /** Hash of the image's pixels, the same for equal images. */
  readonly pixelHash: string;
  /** One for each channel looked at. */
  readonly channels: readonly ChannelStatistics[];
  /** Pixels by mask value (or packed colour, red first); empty without a mask. */
  readonly maskValues: ReadonlyMap<number, number>;
  /** The mask has another place on the ground than the image; false where either does not say. */
  readonly maskDisplaced: boolean;
}

/** How patches are looked at. */
export interface InspectOptions {
  /** 1-based bands; every band by default. */
  readonly channels?: readonly number[] | undefined;
  /** Masks are painted: values are packed colours. */
  readonly maskColors?: boolean | undefined;
}

/** Whether two affine maps put a raster of this size more than half a cell apart at a corner. */
function apart(one: GeoTransform, other: GeoTransform, { width, height }: Raster): boolean {
  const cell = Math.hypot(one[1], one[4]);
  const gap = (column: number, row: number) => {
    const [[x, y], [otherX, otherY]] = [pixelToGeo(one, column, row), pixelToGeo(other, column, row)];
    return Math.hypot(x - otherX, y - otherY);
  };
  return Math.max(gap(0, 0), gap(width, height)) > cell / 2;
}

interface MaskFacts {
  readonly values: Map<number, number>;
  readonly displaced: boolean;
}

async function inspectMask(path: string, image: Raster, colors: boolean): Promise<MaskFacts> {
  await using mask = await openRaster(path, { palette: colors ? 'rgb' : 'index' });
  if (mask.width !== image.width || mask.height !== image.height) {
    throw new MaskSizeError(
      `the mask is ${mask.width} × ${mask.height} pixels, its image ${image.width} × ${image.height}`,
      { file: path, remedy: 'make both cover the same pixels' },
    );
  }
  const painted = colors && mask.bandCount >= 3;
  const { data } = await mask.read({ bands: painted ? [1, 2, 3] : [1] });
  const plane = mask.width * mask.height;
  const counts = new Map<number, number>();
  let last = Number.NaN;
  let run = 0;
  const flush = () => run > 0 && counts.set(last, (counts.get(last) ?? 0) + run);
  for (let i = 0; i < plane; i++) {
    const value = painted ? (data[i]! << 16) | (data[plane + i]! << 8) | data[2 * plane + i]! : data[i]!;
    if (value !== last) {
      flush();
      last = value;
      run = 0;
    }
    run++;
  }
  flush();
  const [here, there] = [image.geoTransform, mask.geoTransform];
  return { values: counts, displaced: here !== null && there !== null && apart(here, there, image) };
}

/** Reads a patch whole and says what it is. @throws RasterNotFoundError, CorruptRasterError, MaskSizeError, … */
export async function inspectPatch(patch: Patch, options: InspectOptions): Promise<PatchFacts> {
  await using image = await openRaster(patch.image, {
    palette: 'rgb',
    ...(options.channels ? { bands: options.channels } : {}),
  });
  const block = await image.read();
  const channels = image.bands.map((_, i) => {
    const statistics = new ChannelStatistics(image.dataType);
    statistics.add(bandOf(block, i));
    return statistics;
  });
  const mask = patch.mask === null ? null : await inspectMask(patch.mask, image, options.maskColors ?? false);
  const { data } = block;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return {
    patch,
    width: image.width,
    height: image.height,
    bands: image.bandCount,
    dataType: image.dataType,
    crs: image.crs === null ? 'none' : crsName(image.crs),
    resolution: groundSamplingDistance(image.grid),
    pixelHash: createHash('sha1').update(bytes).digest('base64').slice(0, 16),
    channels,
    maskValues: mask?.values ?? new Map(),
    maskDisplaced: mask?.displaced ?? false,
  };
}
