import { type AccessOptions, resolveAccess } from './access.ts';
import { NotARasterError, RasterNotFoundError } from './errors.ts';
import { gdal } from './gdal.ts';
import { DatasetHandles } from './handles.ts';
import { Raster } from './raster.ts';
import { describeDataset } from './raster-info.ts';
import { expandPalette } from './virtual.ts';

/** How to open a raster. */
export interface OpenOptions extends AccessOptions {
  /** 1-based bands that reads return by default; every band when not given. */
  readonly bands?: readonly number[];
  /**
   * What a palette image reads as: its cell values (`index`, the default; class masks want it), or the colours they
   * stand for (`rgb`: three bands, four where a colour is transparent). Other images are not touched.
   */
  readonly palette?: 'index' | 'rgb';
  /** Most windows read at once; each costs an opened file. Default 1. */
  readonly handles?: number;
}

async function openDataset(path: string, name: string, driver: string | undefined): Promise<gdal.Dataset> {
  try {
    const chosen = driver === undefined ? null : gdal.drivers.get(driver);
    return await (chosen === null ? gdal.openAsync(name, 'r') : chosen.openAsync(name, 'r'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    if (/No such file|does not exist/i.test(why)) throw new RasterNotFoundError(path, cause);
    throw new NotARasterError(path, why || 'unknown format', cause);
  }
}

/**
 * Open a raster of any format that GDAL reads: GeoTIFF/COG, VRT, JPEG 2000, PNG, JPEG, …, an `http(s)://` address
 * where `allowRemote` is set.
 *
 * @throws RasterNotFoundError, NotARasterError, MissingBandError, UnsupportedDataTypeError, RemoteNotAllowedError,
 * UntrustedPathError
 */
export async function openRaster(path: string, options: OpenOptions = {}): Promise<Raster> {
  const { name, driver } = await resolveAccess(path, options);
  let open = () => openDataset(path, name, driver);
  let dataset = await open();
  try {
    if (dataset.bands.count() === 0) {
      const parts = Object.keys(dataset.getMetadata('SUBDATASETS') ?? {}).length / 2;
      throw new NotARasterError(
        path,
        parts > 0 ? `it holds ${parts} rasters; name one` : 'it holds no bands',
      );
    }
    if (options.palette === 'rgb' && dataset.bands.get(1).colorInterpretation === gdal.GCI_PaletteIndex) {
      const colors = await expandPalette(dataset);
      dataset.close();
      open = () => openDataset(path, colors, undefined);
      dataset = await open();
    }
    const info = describeDataset(path, dataset);
    const handles = new DatasetHandles(path, dataset, open, Math.max(1, options.handles ?? 1));
    return new Raster(path, info, handles, options.bands);
  } catch (error) {
    dataset.close();
    throw error;
  }
}
