import { type AccessOptions, resolveAccess } from '../access.ts';
import { sameCrs, spatialReference } from '../crs.ts';
import { MissingGeoreferenceError, RasterNotFoundError, VectorFileError } from '../errors.ts';
import { gdal } from '../gdal.ts';
import { boundsWindow, type Grid, windowBounds, windowGeoTransform } from '../geotransform.ts';
import { intersectWindows, type RasterWindow } from '../window.ts';

/** One area: its number (its place in the file, from 0), its attributes and the cells it may cover. */
export interface Area {
  readonly index: number;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Smallest window of the raster's cells around it; it may leave the raster. */
  readonly window: RasterWindow;
}

/** Which areas to take. */
export interface AreaOptions extends AccessOptions {
  /** Name of the layer; default the first. */
  readonly layer?: string;
  /** Condition on the attributes, in SQL: `kind = 'urban'`. */
  readonly where?: string;
  /** Take every cell an area touches instead of those whose centre it holds. Default false. */
  readonly allTouched?: boolean;
}

const indexField = 'area';

/** Areas of interest of a vector file of any format and CRS, laid on the cells of a raster. */
export class AreasOfInterest {
  readonly path: string;
  readonly areas: readonly Area[];
  readonly #grid: Grid;
  readonly #dataset: gdal.Dataset;
  readonly #allTouched: boolean;
  #tail: Promise<unknown> = Promise.resolve();

  /** Use {@link openAreas}. */
  constructor(path: string, grid: Grid, dataset: gdal.Dataset, areas: readonly Area[], allTouched: boolean) {
    this.path = path;
    this.#grid = grid;
    this.#dataset = dataset;
    this.areas = areas;
    this.#allTouched = allTouched;
  }

  /** Which cells of a window lie in any area, `[height, width]`: 1 inside, 0 outside. */
  async mask(window: RasterWindow): Promise<Uint8Array> {
    const numbers = await this.numbers(window);
    return Uint8Array.from(numbers, (number) => (number > 0 ? 1 : 0));
  }

  /**
   * For each cell of a window, `[height, width]`, 1 + the index of the last area that holds it, or 0.
   * @param among indices of the areas to look at; default all
   */
  numbers(window: RasterWindow, among: readonly number[] | null = null): Promise<Uint32Array> {
    // The layer's filters are shared, so one window follows the other.
    const task = this.#tail.then(() => this.#burn(window, among));
    this.#tail = task.catch(() => {});
    return task;
  }

  /** {@link numbers} by groups of areas that cannot overlap, so that a cell of several areas shows in each of them. */
  async layers(window: RasterWindow): Promise<Uint32Array[]> {
    const groups: Area[][] = [];
    for (const area of this.areas) {
      if (intersectWindows(area.window, window) === null) continue;
      const free = groups.find((group) =>
        group.every((other) => intersectWindows(other.window, area.window) === null),
      );
      if (free === undefined) groups.push([area]);
      else free.push(area);
    }
    const indices = groups.map((group) => group.map(({ index }) => index));
    return Promise.all(indices.map((among) => this.numbers(window, among)));
  }

  async #burn(window: RasterWindow, among: readonly number[] | null): Promise<Uint32Array> {
    const { width, height } = window;
    const numbers = new Uint32Array(width * height);
    const transform = this.#grid.geoTransform!;
    const { left, bottom, right, top } = windowBounds(transform, window);
    const layer = this.#dataset.layers.get(0);
    layer.setSpatialFilter(left, bottom, right, top);
    const numbered = among?.map((index) => index + 1).join(',');
    layer.setAttributeFilter(numbered === undefined ? null : `${indexField} IN (${numbered})`);
    if (layer.features.count() === 0) return numbers;
    const target = gdal.open('', 'w', 'MEM', width, height, 1, gdal.GDT_UInt32);
    try {
      target.geoTransform = [...windowGeoTransform(transform, window)];
      await gdal.rasterizeAsync(target, this.#dataset, [
        '-a',
        indexField,
        ...(this.#allTouched ? ['-at'] : []),
      ]);
      await target.bands.get(1).pixels.readAsync(0, 0, width, height, numbers.subarray());
    } finally {
      target.close();
    }
    return numbers;
  }

  /** Forget the areas. */
  async close(): Promise<void> {
    await this.#tail;
    this.#dataset.close();
  }
}

function pickLayer(path: string, dataset: gdal.Dataset, name: string | undefined): gdal.Layer {
  const names = dataset.layers.map((layer) => layer.name);
  if (names.length === 0) throw new VectorFileError(path, 'the file holds no vector layer');
  if (name !== undefined && !names.includes(name)) {
    throw new VectorFileError(path, `there is no layer "${name}"; there are ${names.join(', ')}`);
  }
  return dataset.layers.get(name ?? 0);
}

/** Copy the wanted features, in the raster's CRS, to a layer in memory numbered from 1. */
function loadAreas(layer: gdal.Layer, grid: Grid, target: gdal.Dataset): Area[] {
  const crs = layer.srs?.toWKT() ?? null;
  const transformation =
    crs === null || grid.crs === null || sameCrs(crs, grid.crs)
      ? null
      : new gdal.CoordinateTransformation(spatialReference(crs), spatialReference(grid.crs));
  const copy = target.layers.create('areas', null, gdal.wkbUnknown);
  copy.fields.add(new gdal.FieldDefn(indexField, gdal.OFTInteger));
  const areas: Area[] = [];
  layer.features.forEach((feature) => {
    const geometry = feature.getGeometry()?.clone();
    if (geometry === undefined || geometry.isEmpty()) return;
    if (transformation !== null) geometry.transform(transformation);
    const { minX, minY, maxX, maxY } = geometry.getEnvelope();
    const bounds = { left: minX, bottom: minY, right: maxX, top: maxY };
    const window = boundsWindow(grid.geoTransform!, bounds);
    areas.push({ index: areas.length, properties: feature.fields.toObject(), window });
    const copied = new gdal.Feature(copy);
    copied.setGeometry(geometry);
    copied.fields.set(indexField, areas.length);
    copy.features.add(copied);
  });
  return areas;
}

/**
 * Read areas of interest and lay them on a raster's grid. Geometries without CRS are taken to be in the raster's.
 *
 * @throws RasterNotFoundError, VectorFileError, MissingGeoreferenceError when the raster has no place on the ground.
 */
export async function openAreas(
  path: string,
  grid: Grid,
  options: AreaOptions = {},
): Promise<AreasOfInterest> {
  if (grid.geoTransform === null) throw new MissingGeoreferenceError(path, 'laying areas on a raster');
  const { name } = await resolveAccess(path, { ...options, untrusted: false });
  let source: gdal.Dataset;
  try {
    source = await gdal.openAsync(name, 'r');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    if (/No such file|does not exist/i.test(why)) throw new RasterNotFoundError(path, cause);
    throw new VectorFileError(path, `not a vector file that GDAL can open: ${why}`, cause);
  }
  const target = gdal.open('', 'w', 'Memory');
  try {
    const layer = pickLayer(path, source, options.layer);
    if (options.where !== undefined) layer.setAttributeFilter(options.where);
    const areas = loadAreas(layer, grid, target);
    if (areas.length === 0) throw new VectorFileError(path, 'the file holds no area that was asked for');
    return new AreasOfInterest(path, grid, target, areas, options.allTouched ?? false);
  } catch (error) {
    target.close();
    throw error;
  } finally {
    source.close();
  }
}
