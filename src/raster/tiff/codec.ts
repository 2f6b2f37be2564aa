import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { ArpentError } from '../../core/index.ts';
import { allocateCells, bytesPerCell, type PixelArray, type RasterDataType } from '../pixel-block.ts';
import { decodeLzw, encodeLzw } from './lzw.ts';
import { deinterleave, interleave, sumDifferences, takeDifferences } from './predictor.ts';

/** How the tiles of a GeoTIFF are compressed; all of them lose nothing. */
export type Compression = 'none' | 'lzw' | 'deflate' | 'zstd';

/** A compression that this Node.js does not carry. */
export class UnsupportedCompressionError extends ArpentError {
  constructor(compression: string) {
    super(`${compression} compression needs a newer Node.js than ${process.version}`, {
      remedy: 'choose deflate or lzw, or run Node.js 22.15 or later',
    });
  }
}

/** One compression: its number in the TIFF and its two directions. */
interface Codec {
  readonly tag: number;
  encode(bytes: Uint8Array, level: number): Promise<Uint8Array>;
  decode(bytes: Uint8Array, size: number): Promise<Uint8Array>;
}

const deflate = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.deflate);
const inflate = promisify<Uint8Array, Buffer>(zlib.inflate);

type Compress = (bytes: Uint8Array, callback: (error: Error | null, result: Buffer) => void) => void;
// Node.js 20 has no zstd, and neither have its type declarations.
const { zstdCompress, zstdDecompress } = zlib as { zstdCompress?: Compress; zstdDecompress?: Compress };

const codecs: Readonly<Record<Compression, Codec>> = {
  none: { tag: 1, encode: async (bytes) => bytes, decode: async (bytes) => bytes },
  lzw: {
    tag: 5,
    encode: async (bytes) => encodeLzw(bytes),
    decode: async (bytes, size) => decodeLzw(bytes, size),
  },
  deflate: {
    tag: 8,
    encode: (bytes, level) => deflate(bytes, { level }),
    decode: (bytes) => inflate(bytes),
  },
  zstd: {
    tag: 50000,
    encode: (bytes) => promisify(zstdCompress!)(bytes),
    decode: (bytes) => promisify(zstdDecompress!)(bytes),
  },
};

/** What all tiles of a file share. */
export interface TileFormat {
  readonly dataType: RasterDataType;
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Bands stored together in a tile. */
  readonly samples: number;
  readonly compression: Compression;
  /** Effort of deflate, 1 to 9. */
  readonly level: number;
  /** Store whole numbers as differences to their left neighbour. */
  readonly differences: boolean;
}

/** TIFF's number of a compression. @throws UnsupportedCompressionError */
export function compressionTag(compression: Compression): number {
  if (compression === 'zstd' && zstdCompress === undefined)
    throw new UnsupportedCompressionError(compression);
  return codecs[compression].tag;
}

const bytesOf = (cells: PixelArray) => new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength);

/** Compress a tile. @param cells planar `[samples, tileHeight, tileWidth]`; left as they are. */
export function encodeTile(cells: PixelArray, format: TileFormat): Promise<Uint8Array> {
  const { samples, tileWidth, differences, compression, level } = format;
  let stored = samples > 1 ? interleave(cells, samples) : cells;
  if (differences) {
    if (stored === cells) stored = cells.slice();
    takeDifferences(stored, tileWidth * samples, samples);
  }
  return codecs[compression].encode(bytesOf(stored), level);
}

/** Expand a tile to planar `[samples, tileHeight, tileWidth]`. */
export async function decodeTile(bytes: Uint8Array, format: TileFormat): Promise<PixelArray> {
  const { dataType, samples, tileWidth, tileHeight, differences, compression } = format;
  const cells = allocateCells(dataType, samples * tileWidth * tileHeight);
  bytesOf(cells).set(await codecs[compression].decode(bytes, cells.length * bytesPerCell(dataType)));
  if (differences) sumDifferences(cells, tileWidth * samples, samples);
  return samples > 1 ? deinterleave(cells, samples) : cells;
}
