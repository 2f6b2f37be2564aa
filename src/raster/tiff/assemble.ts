import { open } from 'node:fs/promises';
import { writeFully } from '../disk.ts';
import {
  directorySize,
  encodeDirectory,
  encodeHeader,
  type Field,
  headerSize,
  positionField,
} from './directory.ts';
import type { SpoolEntry, TileSpool } from './spool.ts';

/** One image of a file: what describes it, and its tiles in the order of the TIFF. */
export interface TiffImage {
  readonly fields: readonly Field[];
  readonly tiles: readonly SpoolEntry[];
  readonly spool: TileSpool;
}

/** When to use 64-bit positions: where the file needs them, or always. */
export type BigTiff = 'auto' | 'always';

/** Classic TIFF counts bytes in 32 bits; a little is kept back for directories that other programs add. */
const classicLimit = 2 ** 32 - 2 ** 20;

/** Written bytes are gathered up to this before they go to the disk. */
const bufferSize = 4 * 2 ** 20;

/** GDAL's remark on how the file is laid out, right after the header, as in the files of its COG driver. */
function layoutRemark(): Buffer {
  const body = [
    'LAYOUT=IFDS_BEFORE_DATA',
    'BLOCK_ORDER=ROW_MAJOR',
    'BLOCK_LEADER=SIZE_AS_UINT4',
    'BLOCK_TRAILER=LAST_4_BYTES_REPEATED',
    'KNOWN_INCOMPATIBLE_EDITION=NO',
    ' ',
  ].join('\n');
  const size = String(body.length).padStart(6, '0');
  const remark = `GDAL_STRUCTURAL_METADATA_SIZE=${size} bytes\n${body}`;
  return Buffer.from(remark.length % 2 === 0 ? remark : `${remark}\0`, 'latin1');
}

/** Bytes before each tile (its length) and after it (its last four bytes again), by which GDAL reads it in one request. */
const leader = 4;
const trailer = 4;

/** Positions of tiles stored one after the other. */
function tilePositions(tiles: readonly SpoolEntry[], start: number): Float64Array {
  const positions = new Float64Array(tiles.length);
  let position = start;
  for (const [index, { length }] of tiles.entries()) {
    // A tile left out stands at 0.
    if (length === 0) continue;
    positions[index] = position + leader;
    position += leader + length + trailer;
  }
  return positions;
}

function totalLength(tiles: readonly SpoolEntry[]): number {
  return tiles.reduce((total, { length }) => total + (length === 0 ? 0 : leader + length + trailer), 0);
}

function allFields({ fields, tiles }: TiffImage, start: number, big: boolean): Field[] {
  return [
    ...fields,
    positionField(324, tilePositions(tiles, start), big),
    positionField(
      325,
      tiles.map(({ length }) => length),
      big,
    ),
  ];
}

/** Header and directories of the file, which stand before all tiles, and where each image's tiles start. */
function encodeFront(images: readonly TiffImage[], big: boolean): { front: Buffer; size: number } {
  const remark = layoutRemark();
  const sizes = images.map((image) => directorySize(allFields(image, 0, big), big));
  const first = headerSize(big) + remark.length;
  const dataStart = first + sizes.reduce((total, size) => total + size + (size % 2), 0);
  // Reduced images come first in the data, the smallest leading: a viewer far out reads the front of the file only.
  const starts = new Array<number>(images.length);
  let position = dataStart;
  for (let index = images.length - 1; index >= 0; index--) {
    starts[index] = position;
    position += totalLength(images[index]!.tiles);
  }
  const parts: Buffer[] = [encodeHeader(first, big), remark];
  let at = first;
  for (const [index, image] of images.entries()) {
    const padded = sizes[index]! + (sizes[index]! % 2);
    const next = index === images.length - 1 ? 0 : at + padded;
    parts.push(encodeDirectory(allFields(image, starts[index]!, big), at, next, big));
    if (padded !== sizes[index]) parts.push(Buffer.alloc(1));
    at += padded;
  }
  return { front: Buffer.concat(parts), size: position };
}

/**
 * Put a cloud-optimised GeoTIFF together: all directories first, then the tiles of every image row by row, smallest
 * image first. The bytes depend on the tiles alone, not on the order in which they were made.
 *
 * @param images the full image, then its reduced copies, each half the one before.
 * @returns the size of the file in bytes.
 */
export async function assembleTiff(
  path: string,
  images: readonly TiffImage[],
  bigTiff: BigTiff,
): Promise<number> {
  const tileCount = images.reduce((count, { tiles }) => count + tiles.length, 0);
  const dataSize = images.reduce((total, { tiles }) => total + totalLength(tiles), 0);
  const big = bigTiff === 'always' || (bigTiff === 'auto' && dataSize + tileCount * 16 > classicLimit);
  const { front, size } = encodeFront(images, big);
  const file = await open(path, 'wx');
  try {
    await writeFully(file, front, 0);
    let position = front.length;
    let gathered: Uint8Array[] = [];
    let gatheredBytes = 0;
    const flush = async () => {
      await writeFully(file, Buffer.concat(gathered), position);
      position += gatheredBytes;
      gathered = [];
      gatheredBytes = 0;
    };
    for (const { tiles, spool } of [...images].reverse()) {
      for (const tile of tiles) {
        if (tile.length === 0) continue;
        const bytes = await spool.read(tile);
        const length = Buffer.alloc(leader);
        length.writeUInt32LE(bytes.length);
        gathered.push(length, bytes, bytes.subarray(bytes.length - trailer));
        gatheredBytes += leader + bytes.length + trailer;
        if (gatheredBytes >= bufferSize) await flush();
      }
    }
    await flush();
  } finally {
    await file.close();
  }
  return size;
}
