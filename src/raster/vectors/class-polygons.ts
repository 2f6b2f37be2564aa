import type { RasterClass } from '../color.ts';
import { pixelToGeo } from '../geotransform.ts';
import { groundSamplingDistance } from '../ground-distance.ts';
import type { Raster } from '../raster.ts';
import type { PolygonFeature, PolygonLayer } from './polygon-layer.ts';
import { type CellPolygon, polygonizeStrips } from './polygonize.ts';
import { sieveStrips } from './sieve.ts';
import { writePolygons } from './write-polygons.ts';

/** How the classes of a map become polygons. */
export interface ClassPolygonOptions {
  /** Patches of fewer cells are merged into the neighbour they share most border with. Default 0: none. */
  readonly minimumPixels?: number;
  /** Most that borders may move when they are simplified, in cells. Default 0: they follow the cells. */
  readonly tolerance?: number;
  /** Name of the layer. Default `classes`. */
  readonly layer?: string;
  readonly overwrite?: boolean;
}

/** Rows outlined at a time; borders are not simplified across. */
const ROWS = 512;

const fields = { value: 'integer', class: 'text', pixels: 'integer', square_metres: 'real' } as const;

/** The polygons of a class map as features, in the map's CRS (in cells, rows upwards, where it has none). */
export async function* classFeatures(
  raster: Raster,
  classes: readonly RasterClass[],
  { minimumPixels = 0, tolerance = 0 }: ClassPolygonOptions,
): AsyncGenerator<PolygonFeature> {
  const { width, height, geoTransform, noData } = raster;
  const transform = geoTransform ?? ([0, 1, 0, 0, 0, -1] as const);
  const distance = groundSamplingDistance(raster);
  const cell = distance === null || Number.isNaN(distance) ? 1 : distance ** 2;
  const names = new Map(classes.map(({ value, name }) => [value, name]));
  const read = async (y: number, rows: number) =>
    (await raster.read({ x: 0, y, width, height: rows })).data as Uint8Array;
  const empty = noData === null ? {} : { noData };
  const strips = sieveStrips(read, { width, height, minimum: minimumPixels, rows: ROWS, ...empty });
  for await (const polygon of polygonizeStrips(strips, { width, height, tolerance, ...empty })) {
    const { value, pixels } = polygon;
    yield {
      rings: groundRings(polygon, transform),
      properties: { value, class: names.get(value) ?? '', pixels, square_metres: pixels * cell },
    };
  }
}

function groundRings({ rings }: CellPolygon, transform: Parameters<typeof pixelToGeo>[0]) {
  return rings.map((ring) =>
    Array.from({ length: ring.length / 2 }, (_, i) => pixelToGeo(transform, ring[2 * i]!, ring[2 * i + 1]!)),
  );
}

/**
 * Writes the classes of a map as polygons: gap-free, with holes, neighbours sharing their borders also where these are
 * simplified. GeoPackage, FlatGeobuf or GeoJSON, by the file's extension.
 *
 * @throws OutputExistsError, DiskFullError, InvalidArgumentError
 */
export async function writeClassPolygons(
  path: string,
  raster: Raster,
  classes: readonly RasterClass[],
  options: ClassPolygonOptions = {},
): Promise<void> {
  const layer: PolygonLayer = { name: options.layer ?? 'classes', crs: raster.crs, fields };
  const { overwrite = false } = options;
  await writePolygons(path, layer, classFeatures(raster, classes, options), { overwrite });
}
