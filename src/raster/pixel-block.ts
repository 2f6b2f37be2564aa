import { InvalidArgumentError } from '../core/index.ts';

/** Cell types that rasters are read and written in. 64-bit integers are read as float64. */
export type RasterDataType =
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'float32'
  | 'float64';

/** Cells in memory; the constructor follows the {@link RasterDataType}. */
export type PixelArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** A planar block of cells, `[bands, height, width]`, band by band and row by row. */
export interface PixelBlock {
  readonly data: PixelArray;
  readonly width: number;
  readonly height: number;
  readonly bands: number;
}

/** One row per cell type: its array and its size in bytes. */
const arrays = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const satisfies Record<RasterDataType, unknown>;

/** All cell types, narrowest first. */
export const rasterDataTypes = Object.keys(arrays) as readonly RasterDataType[];

/** Bytes of one cell. */
export function bytesPerCell(dataType: RasterDataType): number {
  return arrays[dataType].BYTES_PER_ELEMENT;
}

/** A zeroed array of `length` cells, or a view of `buffer` from `byteOffset` when one is given. */
export function allocateCells(
  dataType: RasterDataType,
  length: number,
  buffer?: ArrayBufferLike,
  byteOffset = 0,
): PixelArray {
  const CellArray = arrays[dataType];
  // Shared buffers are as good as others here; the constructors' union type only knows plain ones.
  return buffer === undefined
    ? new CellArray(length)
    : new CellArray(buffer as ArrayBuffer, byteOffset, length);
}

/** The cell type of an array. */
export function dataTypeOf(data: PixelArray): RasterDataType {
  for (const dataType of rasterDataTypes) {
    if (data instanceof arrays[dataType]) return dataType;
  }
  throw new InvalidArgumentError('this array holds no raster cells', {
    remedy: `use one of ${rasterDataTypes.join(', ')}`,
  });
}

/** Smallest and largest whole number a type holds; floats hold any. */
export function valueRange(dataType: RasterDataType): readonly [number, number] {
  if (dataType === 'float32' || dataType === 'float64') return [-Infinity, Infinity];
  const bits = bytesPerCell(dataType) * 8;
  return dataType.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/** The narrowest type that holds every value of all given types. */
export function commonDataType(types: readonly RasterDataType[]): RasterDataType {
  const ranges = types.map(valueRange);
  const low = Math.min(...ranges.map(([min]) => min));
  const high = Math.max(...ranges.map(([, max]) => max));
  // Whole numbers of more than 24 bits do not fit a float32's fraction.
  const wide = types.some((type) => type === 'float64' || type === 'uint32' || type === 'int32');
  const fits = rasterDataTypes.find((type) => {
    const [min, max] = valueRange(type);
    return min <= low && max >= high && !(type === 'float32' && wide);
  });
  return fits ?? 'float64';
}

/** A block over existing cells. @throws InvalidArgumentError when the length does not fit the shape. */
export function pixelBlock(data: PixelArray, bands: number, height: number, width: number): PixelBlock {
  if (data.length !== bands * height * width) {
    throw new InvalidArgumentError(
      `${data.length} cells do not fill a block of ${bands} × ${height} × ${width}`,
      { remedy: 'give bands × height × width cells, planar' },
    );
  }
  return { data, bands, height, width };
}

/** The cells of one band (0-based) of a block, as a view. */
export function bandOf(block: PixelBlock, band: number): PixelArray {
  const size = block.width * block.height;
  return block.data.subarray(band * size, (band + 1) * size);
}
