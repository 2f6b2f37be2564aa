import { basename } from 'node:path';
import { type IgnSlice, ignSlices, type TileGrid } from '../inference/index.ts';
import {
  openRaster,
  type PolygonFeature,
  type PolygonLayer,
  rectangleRings,
  windowBounds,
  writePolygons,
} from '../raster/index.ts';

/** Attributes of IGN's slicing file, in its order. */
const FIELDS: PolygonLayer['fields'] = {
  id: 'text',
  output_id: 'text',
  job_done: 'integer',
  left: 'real',
  bottom: 'real',
  right: 'real',
  top: 'real',
  left_o: 'real',
  bottom_o: 'real',
  right_o: 'real',
  top_o: 'real',
};

/** The tiles of a plan of ours, named as IGN names its own. */
function planSlices(grid: TileGrid): IgnSlice[] {
  const rows = Array.from({ length: grid.rows }, (_, row) => grid.rowTiles(row));
  return rows.flat().map(({ window, core }) => ({
    window,
    core,
    id: `1-${window.x + 1}-${grid.size.height - window.y - window.height + 1}`,
  }));
}

/** What the slicing file describes. */
export interface SlicingJob {
  /** The mapped raster. */
  readonly input: string;
  /** The map, whose name the file takes over: `NAME_slicing_job.gpkg`. */
  readonly output: string;
  readonly grid: TileGrid;
  readonly compat: 'none' | 'ign';
  readonly overwrite: boolean;
}

/**
 * Writes the tiles of a map as a GeoPackage with IGN's attributes: the square that the network sees as geometry, the
 * part that is kept as `left`, `bottom`, `right`, `top`, and the raster's bounds as `…_o`.
 * @returns its path
 * @throws OutputExistsError, DiskFullError
 */
export async function writeSlicingJob({
  input,
  output,
  grid,
  compat,
  overwrite,
}: SlicingJob): Promise<string> {
  const stem = output.replace(/\.tif$/, '');
  const path = `${stem}_slicing_job.gpkg`;
  await using raster = await openRaster(input);
  const transform = raster.geoTransform ?? ([0, 1, 0, raster.height, 0, -1] as const);
  const whole = windowBounds(transform, { x: 0, y: 0, width: raster.width, height: raster.height });
  const slices = compat === 'ign' ? ignSlices(grid.size, grid.tile, grid.margin) : planSlices(grid);
  const features = slices.map(({ window, core, id }): PolygonFeature => {
    const kept = windowBounds(transform, core);
    return {
      rings: rectangleRings(windowBounds(transform, window)),
      properties: {
        ...{ id, output_id: basename(stem), job_done: 0 },
        ...kept,
        ...{ left_o: whole.left, bottom_o: whole.bottom, right_o: whole.right, top_o: whole.top },
      },
    };
  });
  const layer = { name: basename(path, '.gpkg'), crs: raster.crs, fields: FIELDS };
  await writePolygons(path, layer, features, { overwrite });
  return path;
}
