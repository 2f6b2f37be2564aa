import { promisify } from 'node:util';
import { crc32, deflateRawSync, inflateRaw as zlibInflateRaw } from 'node:zlib';
import type { RasterWindow } from '../../raster/index.ts';
import { emptyProduct, type ProductName, type Products, productNames } from './products.ts';

const inflateRaw = promisify<Uint8Array, Buffer>(zlibInflateRaw);

/** A part of the input that could not be read and is nodata in the map. */
export interface BadBlock {
  readonly window: RasterWindow;
  readonly message: string;
}

/** What a window finished. */
export interface FinishedTile {
  readonly index: number;
  readonly window: RasterWindow;
  /** Empty where nothing of the window is mapped: the outputs hold nodata there already. */
  readonly products: Products;
  /** Parts of the input of this window that could not be read. */
  readonly bad: readonly BadBlock[];
}

interface Meta {
  readonly index: number;
  readonly window: RasterWindow;
  /** Names and lengths of the products, in the order they follow. */
  readonly products: readonly (readonly [ProductName, number])[];
  readonly bad: readonly BadBlock[];
}

/** A finished window as the payload of a journal record: a line of JSON, then its products, compressed. */
export function encodeTile({ index, window, products, bad }: FinishedTile): Buffer {
  const parts = productNames.flatMap((name) => (products[name] ? [[name, products[name]] as const] : []));
  const meta: Meta = { index, window, products: parts.map(([name, cells]) => [name, cells.length]), bad };
  const cells = Buffer.concat(parts.map(([, bytes]) => bytes));
  return Buffer.concat([Buffer.from(`${JSON.stringify(meta)}\n`), deflateRawSync(cells, { level: 1 })]);
}

/** The inverse of {@link encodeTile}. */
export async function decodeTile(payload: Buffer): Promise<FinishedTile> {
  const line = payload.indexOf(10);
  const { index, window, products, bad } = JSON.parse(payload.toString('utf8', 0, line)) as Meta;
  const cells = await inflateRaw(payload.subarray(line + 1));
  let at = 0;
  const named = products.map(([name, length]) => {
    const part = new Uint8Array(cells.buffer, cells.byteOffset + at, length);
    at += length;
    return [name, part] as const;
  });
  return { index, window, products: Object.fromEntries(named), bad };
}

let emptySum = { name: 'classes' as ProductName, length: 0, sum: 0 };

/** CRC-32 of a finished window's pixels of one product. */
export function sumOf({ window, products }: FinishedTile, name: ProductName, classes: number): number {
  const cells = products[name];
  if (cells !== undefined) return crc32(cells);
  const pixels = window.width * window.height;
  if (emptySum.name !== name || emptySum.length !== pixels) {
    emptySum = { name, length: pixels, sum: crc32(emptyProduct(name, pixels, classes)) };
  }
  return emptySum.sum;
}
