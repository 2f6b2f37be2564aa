import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { Random } from '../../src/core/index.ts';
import { gdal } from '../../src/raster/gdal.ts';
import {
  allocateCells,
  bytesPerCell,
  type GeoTransform,
  type PixelArray,
  type PixelBlock,
  type RasterDataType,
  type RasterWindow,
  valueRange,
} from '../../src/raster/index.ts';

/** A folder for the files of one test file, removed at its end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'arpent-raster-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A whole number from `low` to `high`, both included. */
export function between(random: Random, low: number, high: number): number {
  return low + Math.floor(random.uniform() * (high - low + 1));
}

/** Random cells over the whole range of a type, in runs, as maps and pictures have them. */
export function randomBlock(
  seed: number,
  dataType: RasterDataType,
  bands: number,
  height: number,
  width: number,
): PixelBlock {
  const random = new Random(seed);
  const data = allocateCells(dataType, bands * height * width);
  const [low, high] = dataType.startsWith('float') ? [-1e6, 1e6] : valueRange(dataType);
  let value = 0;
  for (let index = 0; index < data.length; index++) {
    if (random.uniform() < 0.3) value = low + random.uniform() * (high - low);
    data[index] = bytesPerCell(dataType) < 8 && !dataType.startsWith('float') ? Math.round(value) : value;
  }
  return { data, bands, height, width };
}

/** The cells of a window of a block, the block being everything there is; cells outside come from `outside`. */
export function composeWindow(
  block: PixelBlock,
  bands: readonly number[],
  window: RasterWindow,
  outside: (index: number, length: number) => number | null,
): number[] {
  const cells: number[] = [];
  const place = (index: number, length: number) =>
    index >= 0 && index < length ? index : outside(index, length);
  for (const band of bands) {
    for (let row = window.y; row < window.y + window.height; row++) {
      for (let column = window.x; column < window.x + window.width; column++) {
        const [y, x] = [place(row, block.height), place(column, block.width)];
        const at = ((band - 1) * block.height + (y ?? 0)) * block.width + (x ?? 0);
        cells.push(y === null || x === null ? 0 : block.data[at]!);
      }
    }
  }
  return cells;
}

const gdalTypes: Record<RasterDataType, string> = {
  uint8: gdal.GDT_Byte,
  int8: gdal.GDT_Byte,
  uint16: gdal.GDT_UInt16,
  int16: gdal.GDT_Int16,
  uint32: gdal.GDT_UInt32,
  int32: gdal.GDT_Int32,
  float32: gdal.GDT_Float32,
  float64: gdal.GDT_Float64,
};

export interface GdalFile {
  readonly driver: string;
  readonly options?: readonly string[];
  readonly crs?: string;
  readonly geoTransform?: GeoTransform;
  readonly noData?: number;
  readonly colors?: readonly (readonly [number, number, number])[];
  readonly dataType: RasterDataType;
}

/** Make a file with GDAL itself, not with our writers. */
export function makeWithGdal(path: string, block: PixelBlock, file: GdalFile): void {
  const { width, height, bands } = block;
  const memory = gdal.open('', 'w', 'MEM', width, height, bands, gdalTypes[file.dataType]);
  if (file.crs !== undefined) memory.srs = gdal.SpatialReference.fromUserInput(file.crs);
  if (file.geoTransform !== undefined) memory.geoTransform = [...file.geoTransform];
  for (let band = 0; band < bands; band++) {
    const target = memory.bands.get(band + 1);
    const plane = block.data.slice(band * width * height, (band + 1) * width * height) as PixelArray;
    target.pixels.write(0, 0, width, height, plane as unknown as gdal.TypedArray);
    if (file.noData !== undefined) target.noDataValue = file.noData;
    if (file.colors !== undefined) {
      const table = new gdal.ColorTable(gdal.GPI_RGB);
      for (const [value, [c1, c2, c3]] of file.colors.entries()) table.set(value, { c1, c2, c3, c4: 255 });
      target.colorInterpretation = gdal.GCI_PaletteIndex;
      target.colorTable = table;
    }
  }
  gdal.drivers
    .get(file.driver)
    .createCopy(path, memory, [...(file.options ?? [])])
    .close();
  memory.close();
}
