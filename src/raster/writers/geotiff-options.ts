import { InvalidArgumentError } from '../../core/index.ts';
import { type ColorTable, colorTableOf, type RasterClass } from '../color.ts';
import type { Grid } from '../geotransform.ts';
import type { OverviewKind } from '../overviews/kinds.ts';
import { type RasterDataType, valueRange } from '../pixel-block.ts';
import type { BigTiff } from '../tiff/assemble.ts';
import type { Compression } from '../tiff/codec.ts';
import type { ImageFormat } from '../tiff/image.ts';

/** What a GeoTIFF is to hold. */
export interface GeoTiffOptions extends Grid {
  /** How many bands. Default 1. */
  readonly bands?: number;
  readonly dataType: RasterDataType;
  /** Value of cells without data, also of those never written. Default none (such cells hold 0). */
  readonly noData?: number | null;
  /** Classes of a one-band map: they give the colour table, and the names in the sidecar. */
  readonly classes?: readonly RasterClass[];
  /** Colours of cell values where there are no {@link classes}. */
  readonly colorTable?: ColorTable | null;
  /** Names of the bands. */
  readonly bandNames?: readonly string[];
  /** Metadata items of the file. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Default `deflate`. */
  readonly compression?: Compression;
  /** Effort of deflate, 1 (fast) to 9 (small). Default 6. */
  readonly level?: number;
  /** Store whole numbers as differences; default for measured values, not for classes. */
  readonly differences?: boolean;
  /** Side of the square tiles, a multiple of 16. Default 512. */
  readonly blockSize?: number;
  /** Whether a tile holds all bands or one; default `pixel` up to four bands. Writing single bands needs `band`. */
  readonly interleave?: 'pixel' | 'band';
  /** Show three bands (or four with {@link alpha}) as colours; default for three bands of uint8. */
  readonly rgb?: boolean;
  /** The last band is opacity. */
  readonly alpha?: boolean;
  /** Reduced copies for viewers; default none. With them the file is a cloud-optimised GeoTIFF. */
  readonly overviews?: OverviewKind | 'none';
  readonly bigTiff?: BigTiff;
  /** Leave tiles that nobody wrote out of the file, as GDAL's SPARSE_OK does. Not every reader takes it. Default false. */
  readonly sparse?: boolean;
  /** Replace a file of that name. Default false. */
  readonly overwrite?: boolean;
}

function invalid(path: string, problem: string, remedy: string): InvalidArgumentError {
  return new InvalidArgumentError(problem, { file: path, remedy });
}

/** Check the options and settle how the images are stored. @throws InvalidArgumentError */
export function imageFormatOf(path: string, options: GeoTiffOptions): ImageFormat {
  const { width, height, dataType, noData = null, bands = 1, blockSize = 512, alpha = false } = options;
  if (![width, height, bands].every((size) => Number.isInteger(size) && size > 0)) {
    throw invalid(
      path,
      `a raster of ${bands} × ${height} × ${width} cells cannot be written`,
      'give sizes of at least 1',
    );
  }
  if (!Number.isInteger(blockSize) || blockSize < 16 || blockSize % 16 !== 0) {
    throw invalid(path, `tiles of ${blockSize} cells cannot be written`, 'choose a multiple of 16');
  }
  const [low, high] = valueRange(dataType);
  const whole = !dataType.startsWith('float');
  if (noData !== null && whole && !(noData >= low && noData <= high && Number.isInteger(noData))) {
    throw invalid(
      path,
      `nodata ${noData} does not fit cells of ${dataType}`,
      `choose a whole number from ${low} to ${high}`,
    );
  }
  const colorTable = options.classes ? colorTableOf(options.classes) : (options.colorTable ?? null);
  const palette = colorTable !== null && bands === 1 && (dataType === 'uint8' || dataType === 'uint16');
  if (options.classes && !palette) {
    throw invalid(path, 'classes need one band of uint8 or uint16', 'leave the classes out of other rasters');
  }
  const rgb = options.rgb ?? (dataType === 'uint8' && bands === (alpha ? 4 : 3));
  const interleave = options.interleave ?? (bands <= 4 ? 'pixel' : 'band');
  return {
    dataType,
    bands,
    interleave,
    samples: interleave === 'pixel' ? bands : 1,
    tileWidth: blockSize,
    tileHeight: blockSize,
    compression: options.compression ?? 'deflate',
    level: options.level ?? 6,
    differences: options.compression !== 'none' && whole && (options.differences ?? !palette),
    photometric: palette ? 'palette' : rgb && bands >= 3 ? 'rgb' : 'gray',
    alpha: alpha && bands > 1,
    colorTable,
    noData,
  };
}
