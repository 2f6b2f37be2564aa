import { ArpentError } from '../core/index.ts';
import { describeWindow, type RasterWindow, type Size } from './window.ts';

/** No file at this path. */
export class RasterNotFoundError extends ArpentError {
  constructor(file: string, cause?: unknown) {
    super('no such raster file', {
      file,
      remedy: 'check the path; relative paths start at the current directory',
      cause,
    });
  }
}

/** The file is there, but GDAL finds no raster in it. */
export class NotARasterError extends ArpentError {
  constructor(file: string, why: string, cause?: unknown) {
    super(`not a raster that GDAL can open: ${why}`, {
      file,
      remedy:
        'check with gdalinfo that the file is whole and of a format this GDAL reads (arpent doctor lists them)',
      cause,
    });
  }
}

/** Cells that the file should hold cannot be read. */
export class CorruptRasterError extends ArpentError {
  /** The window that was asked for. */
  readonly window: RasterWindow;

  constructor(file: string, band: number, window: RasterWindow, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`cells cannot be read in window ${describeWindow(window)}: ${why}`, {
      file,
      band,
      remedy: 'the file is damaged or truncated: fetch it again, or leave it out with --skip-bad',
      cause,
    });
    this.window = window;
  }
}

/** A band number that the raster does not have. */
export class MissingBandError extends ArpentError {
  constructor(file: string, band: number, bandCount: number) {
    super(
      `there is no band ${band}: the raster has ${bandCount === 1 ? 'one band' : `bands 1 to ${bandCount}`}`,
      {
        file,
        band,
        remedy: `choose channels among 1 to ${bandCount} (the first band is 1)`,
      },
    );
  }
}

/** A window that leaves the raster was read without padding. */
export class WindowOutsideRasterError extends ArpentError {
  constructor(file: string, window: RasterWindow, { width, height }: Size) {
    super(`window ${describeWindow(window)} leaves the raster of ${width}×${height}`, {
      file,
      remedy: "ask for padding: 'reflect' or 'zero', or cut the window at the raster's edge",
    });
  }
}

/** A cell type that has no typed array here. */
export class UnsupportedDataTypeError extends ArpentError {
  constructor(file: string, dataType: string, band?: number) {
    super(`cells of type ${dataType} are not supported`, {
      file,
      band,
      remedy: 'convert the raster first, for example with gdal_translate -ot Float32',
    });
  }
}

/** A raster was used after `close()`. */
export class RasterClosedError extends ArpentError {
  constructor(file: string) {
    super('the raster is closed', {
      file,
      remedy: 'close a raster only after its last read has been awaited',
    });
  }
}

/** A remote address where only local files are allowed. */
export class RemoteNotAllowedError extends ArpentError {
  constructor(file: string) {
    super('remote rasters are not allowed here', {
      file,
      remedy: 'download the file first, or pass allowRemote: true where the address can be trusted',
    });
  }
}

/** A name that reaches beyond plain files (GDAL virtual file systems, inline XML, connection strings). */
export class UntrustedPathError extends ArpentError {
  constructor(file: string) {
    super('only plain files of self-contained formats may be opened here', {
      file,
      remedy: 'give a GeoTIFF, PNG, JPEG or JPEG 2000 file by its path',
    });
  }
}

/** Georeference is needed and the raster has none. */
export class MissingGeoreferenceError extends ArpentError {
  constructor(file: string, need: string) {
    super(`the raster has no georeference, which ${need} needs`, {
      file,
      remedy: 'assign one, for example with gdal_translate -a_srs EPSG:2154 -a_ullr LEFT TOP RIGHT BOTTOM',
    });
  }
}

/** Coordinates that have no longitude and latitude: far outside of what the projection covers. */
export class OutsideProjectionError extends ArpentError {
  constructor(file: string, [x, y]: readonly [number, number], crs: string) {
    super(`${x}, ${y} has no longitude and latitude in ${crs}`, {
      file,
      remedy: 'correct the georeference of the raster, or write another format, which keeps its coordinates',
    });
  }
}

/** A CRS that PROJ does not understand. */
export class UnknownCrsError extends ArpentError {
  constructor(crs: string, cause?: unknown) {
    super(`not a coordinate reference system that PROJ knows: ${crs.slice(0, 80)}`, {
      remedy: 'write it as EPSG:2154, WKT or a PROJ string',
      cause,
    });
  }
}

/** The disk has no room for the output; nothing is left under its name. */
export class DiskFullError extends ArpentError {
  constructor(file: string, cause?: unknown) {
    super('the disk is full (or a quota or file size limit is reached)', {
      file,
      remedy: 'free some space or choose another disk; no half-written output was left behind',
      cause,
    });
  }
}

/** Cells handed to a writer do not fit the raster it writes. */
export class BlockMismatchError extends ArpentError {
  constructor(file: string, problem: string) {
    super(problem, {
      file,
      remedy: 'write blocks of the bands, cell type and extent the raster was created with',
    });
  }
}

/** A vector file that cannot be used. */
export class VectorFileError extends ArpentError {
  constructor(file: string, problem: string, cause?: unknown) {
    super(problem, { file, remedy: 'check the file with ogrinfo -al -so', cause });
  }
}

/** Rasters that should form one mosaic do not fit together. */
export class MosaicMismatchError extends ArpentError {
  constructor(file: string, problem: string) {
    super(problem, {
      file,
      remedy: 'a mosaic takes rasters of one CRS, cell size, band count and cell type on one grid',
    });
  }
}
