import type { ColorTable, RgbaColor } from './color.ts';
import { UnsupportedDataTypeError } from './errors.ts';
import type { gdal } from './gdal.ts';
import type { GeoTransform, Grid } from './geotransform.ts';
import type { RasterDataType } from './pixel-block.ts';
import type { Size } from './window.ts';

/** What a raster says about one of its bands. */
export interface BandInfo {
  readonly dataType: RasterDataType;
  /** The value of cells without data, or null. */
  readonly noData: number | null;
  /** The band's own name, empty when it has none. */
  readonly description: string;
  /** `Red`, `Gray`, `Palette`, `Alpha`, `Undefined`, … */
  readonly colorInterpretation: string;
  /** Stated factor and offset from cell values to physical ones; they are not applied by reads. */
  readonly scale: number;
  readonly offset: number;
  readonly unit: string;
  /** Where the band's validity comes from. */
  readonly mask: 'all-valid' | 'nodata' | 'shared';
}

/** What a raster says about itself, without its cells. */
export interface RasterInfo extends Grid {
  /** GDAL's name of the format. */
  readonly driver: string;
  readonly bandCount: number;
  /** Entry `i` describes band `i + 1`. */
  readonly bandInfo: readonly BandInfo[];
  /** Size of the blocks that the format stores; windows along them are the fastest. */
  readonly blockSize: Size;
  /** Colours of the cell values of the first band, for palette images and class maps. */
  readonly colorTable: ColorTable | null;
  /** Names of the cell values 0, 1, … of the first band, or null. */
  readonly classNames: readonly string[] | null;
  /** Metadata items of the whole raster. */
  readonly tags: Readonly<Record<string, string>>;
  /** How many reduced copies it carries. */
  readonly overviewCount: number;
}

const dataTypes: Readonly<Record<string, RasterDataType>> = {
  Byte: 'uint8',
  Int8: 'int8',
  UInt16: 'uint16',
  Int16: 'int16',
  UInt32: 'uint32',
  Int32: 'int32',
  Int64: 'float64',
  UInt64: 'float64',
  Float16: 'float32',
  Float32: 'float32',
  Float64: 'float64',
};

// GDAL's mask flags (gdal.h: GMF_ALL_VALID, GMF_PER_DATASET, GMF_ALPHA, GMF_NODATA).
const allValid = 1;
const perDataset = 2;
const alpha = 4;

function describeBand(path: string, band: gdal.RasterBand, index: number): BandInfo {
  const stored = band.dataType ?? 'Int8';
  // Until GDAL 3.7 signed bytes were bytes with a remark.
  const signedByte = band.getMetadata('IMAGE_STRUCTURE').PIXELTYPE === 'SIGNEDBYTE';
  const dataType = signedByte ? 'int8' : dataTypes[stored];
  if (dataType === undefined) throw new UnsupportedDataTypeError(path, stored, index);
  const flags = band.getMaskFlags();
  return {
    dataType,
    noData: band.noDataValue,
    description: band.description,
    colorInterpretation: band.colorInterpretation ?? 'Undefined',
    scale: band.scale ?? 1,
    offset: band.offset ?? 0,
    unit: band.unitType ?? '',
    mask: flags & allValid ? 'all-valid' : flags & (perDataset | alpha) ? 'shared' : 'nodata',
  };
}

function readColorTable(band: gdal.RasterBand): ColorTable | null {
  const table = band.colorTable;
  if (!table) return null;
  return Array.from(table, ({ c1, c2, c3, c4 }): RgbaColor => [c1, c2, c3, c4]);
}

/**
 * Collect what a freshly opened dataset says about itself.
 *
 * @param skipCrs leave the CRS null: working it out takes longer than all the rest.
 */
export async function describeDataset(
  path: string,
  dataset: gdal.Dataset,
  skipCrs = false,
): Promise<RasterInfo> {
  const bandCount = dataset.bands.count();
  const first = dataset.bands.get(1);
  // GDAL reads a GeoTIFF's sidecar, where class names are, only once metadata is asked for; far files take their time.
  const tags = await dataset.getMetadataAsync();
  await first.getMetadataAsync();
  const names: string[] = first.categoryNames ?? [];
  const { x: width, y: height } = dataset.rasterSize;
  const block = first.blockSize;
  return {
    driver: dataset.driver.description,
    width,
    height,
    bandCount,
    bandInfo: Array.from({ length: bandCount }, (_, index) =>
      describeBand(path, dataset.bands.get(index + 1), index + 1),
    ),
    crs: skipCrs ? null : (dataset.srs?.toWKT() ?? null),
    geoTransform: dataset.geoTransform as GeoTransform | null,
    blockSize: { width: block.x, height: block.y },
    colorTable: readColorTable(first),
    classNames: names.length > 0 ? names : null,
    tags,
    overviewCount: first.overviews.count(),
  };
}
