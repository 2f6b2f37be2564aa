import {
  cellSize,
  crsName,
  type Grid,
  groundSamplingDistance,
  isGeographic,
  isRotated,
  isSouthUp,
  type Raster,
  wholeWindow,
  windowBounds,
} from '../../../raster/index.ts';
import { tileScheme } from '../../tile-scheme.ts';
import type { RasterSource, RasterSummary } from '../messages.ts';
import { openSource } from './open-source.ts';

/** Whether a raster lies upright on the ground, its cells square enough for a map of tiles. */
export function isUpright({ crs, geoTransform }: Grid): boolean {
  if (crs === null || geoTransform === null || isRotated(geoTransform) || isSouthUp(geoTransform))
    return false;
  const [width, height] = cellSize(geoTransform);
  return geoTransform[1] > 0 && Math.abs(width / height - 1) < 1e-3;
}

/** The grid on which polygons are drawn: the raster's own, or a plane of cells with its origin in the upper left. */
export function drawingGrid(raster: Raster): Grid {
  if (isUpright(raster)) return raster.grid;
  return { width: raster.width, height: raster.height, crs: null, geoTransform: [0, 1, 0, 0, 0, -1] };
}

/** What a raster says about itself. */
export async function summary({ source }: { source: RasterSource }): Promise<RasterSummary> {
  const raster = await openSource(source);
  const georeferenced = isUpright(raster);
  const grid = drawingGrid(raster);
  const { left, bottom, right, top } = windowBounds(grid.geoTransform!, wholeWindow(raster));
  const distance = groundSamplingDistance(raster.grid);
  return {
    width: raster.width,
    height: raster.height,
    format: raster.driver,
    bands: raster.bandInfo.map(({ description, colorInterpretation, dataType, noData }, i) => ({
      name: description || (colorInterpretation === 'Undefined' ? `${i + 1}` : colorInterpretation),
      ...{ dataType, noData },
    })),
    crs: raster.crs === null ? null : crsName(raster.crs),
    georeferenced,
    geoTransform: raster.geoTransform,
    extent: [left, bottom, right, top],
    cell: cellSize(grid.geoTransform!)[0],
    groundResolution: distance === null || Number.isNaN(distance) ? null : distance,
    geographic: georeferenced && raster.crs !== null && isGeographic(raster.crs),
    levels: tileScheme(raster).levels,
    palette: raster.colorTable !== null,
  };
}
