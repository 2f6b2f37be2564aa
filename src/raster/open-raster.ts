import { type AccessOptions, resolveAccess } from './access.ts';
import { MissingGeoreferenceError, NotARasterError, RasterNotFoundError } from './errors.ts';
import { gdal } from './gdal.ts';
import { DatasetHandles } from './handles.ts';
import { Raster } from './raster.ts';
import { describeDataset, type RasterInfo } from './raster-info.ts';
import type { Metres } from './units.ts';
import { expandPalette, resampledView } from './virtual.ts';

/** How to open a raster. */
export interface OpenOptions extends AccessOptions {
  /** 1-based bands that reads return by default; every band when not given. */
  readonly bands?: readonly number[];
  /**
   * What a palette image reads as: its cell values (`index`, the default; class masks want it), or the colours they
   * stand for (`rgb`: three bands, four where a colour is transparent). Other images are not touched.
   */
  readonly palette?: 'index' | 'rgb';
  /**
   * Show the raster in cells of this size on the ground, for networks trained at another one; reads, size and affine
   * map are then those of the resampled raster. Needs georeference.
   */
  readonly groundResolution?: Metres;
  /** With {@link groundResolution}: `values` (the default) averages or interpolates, `classes` takes the nearest cell. */
  readonly resampleAs?: 'values' | 'classes';
  /** Leave `crs` null, which opens thousands of small patches noticeably faster. Default false. */
  readonly skipCrs?: boolean;
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

/** A dataset and how to open it once more. */
interface Opened {
  readonly dataset: gdal.Dataset;
  readonly reopen: () => Promise<gdal.Dataset>;
}

/** Replace a dataset by a view of it; without a view it stays. */
async function openView(path: string, opened: Opened, view: string | null): Promise<Opened> {
  if (view === null) return opened;
  opened.dataset.close();
  const reopen = () => openDataset(path, view, undefined);
  return { dataset: await reopen(), reopen };
}

function checkHoldsBands(path: string, dataset: gdal.Dataset): void {
  if (dataset.bands.count() > 0) return;
  const parts = Object.keys(dataset.getMetadata('SUBDATASETS') ?? {}).length / 2;
  throw new NotARasterError(path, parts > 0 ? `it holds ${parts} rasters; name one` : 'it holds no bands');
}

/**
 * Open a raster of any format that GDAL reads: GeoTIFF/COG, VRT, JPEG 2000, PNG, JPEG, …, an `http(s)://` address
 * where `allowRemote` is set.
 *
 * @throws RasterNotFoundError, NotARasterError, MissingBandError, UnsupportedDataTypeError, RemoteNotAllowedError,
 * UntrustedPathError, MissingGeoreferenceError
 */
export async function openRaster(path: string, options: OpenOptions = {}): Promise<Raster> {
  const { name, driver } = await resolveAccess(path, options);
  const reopen = () => openDataset(path, name, driver);
  let opened: Opened = { dataset: await reopen(), reopen };
  try {
    checkHoldsBands(path, opened.dataset);
    if (
      options.palette === 'rgb' &&
      opened.dataset.bands.get(1).colorInterpretation === gdal.GCI_PaletteIndex
    ) {
      opened = await openView(path, opened, await expandPalette(opened.dataset));
    }
    if (options.groundResolution !== undefined) {
      const info = await describeDataset(path, opened.dataset);
      if (info.geoTransform === null) throw new MissingGeoreferenceError(path, 'resampling to metres');
      const nearest = options.resampleAs === 'classes';
      const view = await resampledView(opened.dataset, info, options.groundResolution, nearest);
      opened = await openView(path, opened, view);
    }
    const info = await describeDataset(path, opened.dataset, options.skipCrs);
    const handles = new DatasetHandles(
      path,
      opened.dataset,
      opened.reopen,
      Math.max(1, options.handles ?? 1),
    );
    return new Raster(path, info, handles, options.bands);
  } catch (error) {
    opened.dataset.close();
    throw error;
  }
}

/** What a raster says about itself, read from its header alone. @throws as {@link openRaster} */
export async function readRasterInfo(path: string, options: AccessOptions = {}): Promise<RasterInfo> {
  const { name, driver } = await resolveAccess(path, options);
  const dataset = await openDataset(path, name, driver);
  try {
    checkHoldsBands(path, dataset);
    return await describeDataset(path, dataset);
  } finally {
    dataset.close();
  }
}
