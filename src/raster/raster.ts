import { InvalidArgumentError } from '../core/index.ts';
import { CorruptRasterError, MissingBandError, WindowOutsideRasterError } from './errors.ts';
import { gdal } from './gdal.ts';
import type { Grid } from './geotransform.ts';
import type { DatasetHandles } from './handles.ts';
import { applyPadding, type Padding, padAround, placeOfPart, planPadding, scalePadding } from './padding.ts';
import type { PixelArray, PixelBlock, RasterDataType } from './pixel-block.ts';
import { allocateCells, commonDataType, dataTypeOf } from './pixel-block.ts';
import type { BandInfo, RasterInfo } from './raster-info.ts';
import { containsWindow, type RasterWindow, type Size, wholeWindow } from './window.ts';

/** How cells are made when a window is read in another size than its own. */
export type Resampling = 'nearest' | 'bilinear' | 'cubic' | 'average' | 'mode';

/** What to read. Without anything, the whole raster. */
export interface ReadRequest extends Partial<RasterWindow> {
  /** 1-based bands in the order wanted; default the bands the raster was opened with. */
  readonly bands?: readonly number[];
  /** Size of the result where it differs from the window's. */
  readonly outWidth?: number;
  readonly outHeight?: number;
  /** Default `nearest`. */
  readonly resampling?: Resampling;
  /** What lies beyond the raster's edge. Default `none`: such a window is an error. */
  readonly padding?: Padding;
  /** Cell type of the result, converted (rounded, clamped) as GDAL does; default the narrowest that holds the bands. */
  readonly dataType?: RasterDataType;
  /** Cells to fill instead of new ones (they may lie in shared memory); its type is the result's. */
  readonly into?: PixelArray;
  /**
   * Ask for a band once the one before it has come. GDAL reads one band of a dataset at a time, and those that wait
   * hold a thread each: better where many rasters are read at once; worse where the event loop is often busy. Default
   * false: all bands at once.
   */
  readonly bandsInTurn?: boolean;
}

const algorithms: Readonly<Record<Resampling, string>> = {
  nearest: gdal.GRA_NearestNeighbor,
  bilinear: gdal.GRA_Bilinear,
  cubic: gdal.GRA_Cubic,
  average: gdal.GRA_Average,
  mode: gdal.GRA_Mode,
};

/** Cells that GDAL fills with signed bytes: raw where it takes them for bytes (before 3.7), wider since. */
function signedByteBuffer(length: number): gdal.TypedArray {
  return 'GDT_Int8' in gdal ? new Int16Array(length) : (new Int8Array(length) as unknown as Uint8Array);
}

/**
 * An opened raster of any format GDAL reads: what it says about itself, and its cells by windows.
 *
 * Reads may overlap; how many run at once is the `handles` option of {@link openRaster}.
 */
export class Raster implements RasterInfo {
  readonly path: string;
  readonly driver: string;
  readonly width: number;
  readonly height: number;
  readonly bandCount: number;
  readonly bandInfo: readonly BandInfo[];
  readonly crs: string | null;
  readonly geoTransform: RasterInfo['geoTransform'];
  readonly blockSize: Size;
  readonly colorTable: RasterInfo['colorTable'];
  readonly classNames: RasterInfo['classNames'];
  readonly tags: RasterInfo['tags'];
  readonly overviewCount: number;
  /** 1-based bands that reads return unless they ask for others. */
  readonly bands: readonly number[];
  /** Cell types of {@link bands}. */
  readonly dataTypes: readonly RasterDataType[];
  /** The narrowest type that holds all {@link bands}: what {@link read} returns by default. */
  readonly dataType: RasterDataType;
  /** The value of cells without data in the first of {@link bands}, or null. */
  readonly noData: number | null;
  readonly #handles: DatasetHandles;

  /** Use {@link openRaster}. @throws MissingBandError */
  constructor(path: string, info: RasterInfo, handles: DatasetHandles, bands?: readonly number[]) {
    this.path = path;
    this.driver = info.driver;
    this.width = info.width;
    this.height = info.height;
    this.bandCount = info.bandCount;
    this.bandInfo = info.bandInfo;
    this.crs = info.crs;
    this.geoTransform = info.geoTransform;
    this.blockSize = info.blockSize;
    this.colorTable = info.colorTable;
    this.classNames = info.classNames;
    this.tags = info.tags;
    this.overviewCount = info.overviewCount;
    this.bands = bands ?? Array.from({ length: info.bandCount }, (_, index) => index + 1);
    this.dataTypes = this.bands.map((band) => this.band(band).dataType);
    this.dataType = commonDataType(this.dataTypes);
    this.noData = this.bands[0] === undefined ? null : this.band(this.bands[0]).noData;
    this.#handles = handles;
  }

  /** Size, CRS and affine map. */
  get grid(): Grid {
    const { width, height, crs, geoTransform } = this;
    return { width, height, crs, geoTransform };
  }

  /** Description of a 1-based band. @throws MissingBandError */
  band(band: number): BandInfo {
    const info = this.bandInfo[band - 1];
    if (info === undefined) throw new MissingBandError(this.path, band, this.bandCount);
    return info;
  }

  /**
   * Read a window, planar `[bands, height, width]`.
   *
   * A padded window in another size than its own is resampled inside the raster first and padded then, its edge rounded
   * to whole cells of the result.
   *
   * @throws MissingBandError, WindowOutsideRasterError, CorruptRasterError (file, band and window named),
   * RasterClosedError
   */
  async read(request: ReadRequest = {}): Promise<PixelBlock> {
    const window = this.#windowOf(request);
    const bands = request.bands ?? this.bands;
    const types = bands.map((band) => this.band(band).dataType);
    const { outWidth: width = window.width, outHeight: height = window.height, into } = request;
    const length = bands.length * width * height;
    const dataType = into === undefined ? (request.dataType ?? commonDataType(types)) : dataTypeOf(into);
    if (into !== undefined && into.length !== length) {
      throw new InvalidArgumentError(`${into.length} cells were given to hold ${length}`, {
        file: this.path,
        remedy: 'give bands × height × width cells',
      });
    }
    if (dataType === 'int8' && types.some((type) => type !== 'int8')) {
      throw new InvalidArgumentError('only bands of signed bytes are read as signed bytes', {
        file: this.path,
        remedy: 'ask for int16 cells',
      });
    }
    const algorithm = algorithms[request.resampling ?? 'nearest'];
    const block = { bands: bands.length, width, height };
    if (containsWindow(wholeWindow(this), window)) {
      const data = into ?? allocateCells(dataType, length);
      await this.#fill(data, bands, window, { width, height }, algorithm, request.bandsInTurn);
      return { data, ...block };
    }
    const padding = request.padding ?? 'none';
    if (padding === 'none') throw new WindowOutsideRasterError(this.path, window, this);
    const { source, size, plan } =
      width === window.width && height === window.height
        ? planPadding(window, this, padding)
        : scalePadding(window, this, { width, height }, padding);
    const place = placeOfPart(size, plan);
    if (place === null) {
      const cells = allocateCells(dataType, bands.length * size.width * size.height);
      if (cells.length > 0) await this.#fill(cells, bands, source, size, algorithm);
      return { data: applyPadding(cells, bands.length, size, plan, into), ...block };
    }
    const data = into ?? allocateCells(dataType, length);
    const stride = { start: place.y * width + place.x, line: width, plane: width * height };
    await this.#fill(data, bands, source, size, algorithm, request.bandsInTurn, stride);
    padAround(data, bands.length, size, plan, place);
    return { data, ...block };
  }

  /**
   * Which cells of a window hold data, `[1, height, width]`: 1 valid, 0 not. Cells beyond the raster's edge are not.
   *
   * An alpha band or a mask stored with the raster decides; otherwise a cell is empty where every band that states a
   * nodata value has it (black in one band alone is a colour).
   *
   * @throws MissingBandError, CorruptRasterError, RasterClosedError
   */
  async readValidity(request: Omit<ReadRequest, 'padding' | 'dataType' | 'into'> = {}): Promise<PixelBlock> {
    const window = this.#windowOf(request);
    const bands = request.bands ?? this.bands;
    const { outWidth: width = window.width, outHeight: height = window.height } = request;
    const { source, size, plan } =
      width === window.width && height === window.height
        ? planPadding(window, this, 'zero')
        : scalePadding(window, this, { width, height }, 'zero');
    const valid = await this.#validInside(bands, source, size);
    return { data: applyPadding(valid, 1, size, plan), bands: 1, width, height };
  }

  async #validInside(bands: readonly number[], window: RasterWindow, size: Size): Promise<PixelArray> {
    const valid = new Uint8Array(size.width * size.height);
    if (valid.length === 0) return valid;
    const shared = bands.find((band) => this.band(band).mask === 'shared');
    const masked =
      shared === undefined ? bands.filter((band) => this.band(band).mask === 'nodata') : [shared];
    if (masked.length === 0) return valid.fill(1);
    for (const band of masked) {
      const mask = new Uint8Array(valid.length);
      await this.#handles.use((handle) =>
        this.#readBand(handle.masks[band - 1]!, band, mask.subarray(), window, size, algorithms.nearest),
      );
      for (let index = 0; index < valid.length; index++) {
        if (mask[index] !== 0) valid[index] = 1;
      }
    }
    return valid;
  }

  /** Wait for the reads under way and give the file back. Closing twice is harmless. */
  close(): Promise<void> {
    return this.#handles.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #windowOf({ x = 0, y = 0, width = this.width - x, height = this.height - y }: ReadRequest): RasterWindow {
    const whole = [x, y, width, height].every(Number.isInteger);
    if (!whole || width <= 0 || height <= 0) {
      throw new InvalidArgumentError(`a window of ${width}×${height} at ${x},${y} cannot be read`, {
        file: this.path,
        remedy: 'give whole numbers, width and height at least 1',
      });
    }
    return { x, y, width, height };
  }

  /**
   * Fill `data` with the cells of a window inside the raster.
   *
   * @param stride where they lie, in cells: the first one, from line to line, from band to band; planar and close together when not given.
   */
  #fill(
    data: PixelArray,
    bands: readonly number[],
    window: RasterWindow,
    size: Size,
    algorithm: string,
    inTurn = false,
    stride = { start: 0, line: size.width, plane: size.width * size.height },
  ): Promise<void> {
    const last = (size.height - 1) * stride.line + size.width;
    return this.#handles.use(async (handle) => {
      const readOne = (band: number, index: number): Promise<void> => {
        const from = stride.start + index * stride.plane;
        const cells = data.subarray(from, from + last);
        return this.#readBand(handle.bands[band - 1]!, band, cells, window, size, algorithm, stride.line);
      };
      if (inTurn) {
        for (const [index, band] of bands.entries()) await readOne(band, index);
        return;
      }
      // GDAL takes them one after the other, but none waits for a turn of the event loop.
      const failed = (await Promise.allSettled(bands.map(readOne))).find(
        ({ status }) => status === 'rejected',
      );
      if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
    });
  }

  /** @param cells a view that nobody else holds: GDAL's binding leaves a mark on it. */
  async #readBand(
    source: gdal.RasterBand,
    band: number,
    cells: PixelArray,
    window: RasterWindow,
    size: Size,
    algorithm: string,
    line = size.width,
  ): Promise<void> {
    const { x, y, width, height } = window;
    const signed = this.band(band).dataType === 'int8';
    const buffer = signed ? signedByteBuffer(cells.length) : (cells as gdal.TypedArray);
    const options = {
      ...{ buffer_width: size.width, buffer_height: size.height, resampling: algorithm },
      line_space: line * buffer.BYTES_PER_ELEMENT,
    };
    try {
      await source.pixels.readAsync(x, y, width, height, buffer, options);
    } catch (cause) {
      throw new CorruptRasterError(this.path, band, window, cause);
    }
    if (signed) cells.set(buffer);
  }
}
