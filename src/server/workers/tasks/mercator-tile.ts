import { parseHexColor } from '../../../core/index.ts';
import { coordinateTransform, geoToPixel, intersectWindows, wholeWindow } from '../../../raster/index.ts';
import { classPng } from '../../png.ts';
import { TILE } from '../../tile-scheme.ts';
import type { TaskArgs } from '../messages.ts';
import { openSource } from './open-source.ts';

/** Half the width of the world in web Mercator, in metres. */
const HALF = 20037508.342789244;
/** Pixels between the places that are projected exactly; those between follow straight lines. */
const STEP = 16;
/** Most cells read for one tile, by side: beyond, every n-th is taken. */
const MOST = 1024;

type Place = readonly [column: number, row: number];

/** A tile of a class map on the web's usual grid (XYZ, EPSG:3857), nearest cell; null where the map is not. */
export async function mercatorTile({
  source,
  tile,
  colors,
}: TaskArgs<'mercator-tile'>): Promise<Buffer | null> {
  const raster = await openSource(source);
  const { crs, geoTransform } = raster;
  if (crs === null || geoTransform === null) return null;
  const toRaster = coordinateTransform('EPSG:3857', crs);
  const side = (2 * HALF) / 2 ** tile.z;
  const nodes = TILE / STEP + 1;
  const grid: Place[] = Array.from({ length: nodes * nodes }, (_, i) => {
    const [column, row] = [(i % nodes) / (nodes - 1), Math.floor(i / nodes) / (nodes - 1)];
    const [x, y] = toRaster(-HALF + (tile.x + column) * side, HALF - (tile.y + row) * side);
    return geoToPixel(geoTransform, x, y);
  });
  if (grid.some((place) => !place.every(Number.isFinite))) return null;
  const columns = grid.map(([column]) => column);
  const rows = grid.map(([, row]) => row);
  const [x, y] = [Math.floor(Math.min(...columns)), Math.floor(Math.min(...rows))];
  const bounds = {
    x,
    y,
    width: Math.ceil(Math.max(...columns)) - x + 1,
    height: Math.ceil(Math.max(...rows)) - y + 1,
  };
  const window = intersectWindows(bounds, wholeWindow(raster));
  if (window === null) return null;
  const outWidth = Math.min(window.width, MOST);
  const outHeight = Math.min(window.height, MOST);
  const { data } = await raster.read({ ...window, outWidth, outHeight, bands: [1], resampling: 'nearest' });
  const cells = new Uint8Array(TILE * TILE).fill(255);
  for (let i = 0; i < cells.length; i++) {
    const [column, row] = between(
      grid,
      nodes,
      ((i % TILE) + 0.5) / STEP,
      (Math.floor(i / TILE) + 0.5) / STEP,
    );
    const at = Math.floor(((column - window.x) / window.width) * outWidth);
    const line = Math.floor(((row - window.y) / window.height) * outHeight);
    if (at < 0 || line < 0 || at >= outWidth || line >= outHeight) continue;
    const value = data[line * outWidth + at]!;
    if (value !== raster.noData && value < colors.length) cells[i] = value;
  }
  return classPng(TILE, TILE, cells, colors.map(parseHexColor));
}

/** The place in the raster of a position in the grid of nodes, by bilinear interpolation. */
function between(grid: readonly Place[], nodes: number, column: number, row: number): Place {
  const [left, top] = [Math.min(Math.floor(column), nodes - 2), Math.min(Math.floor(row), nodes - 2)];
  const [dx, dy] = [column - left, row - top];
  const at = top * nodes + left;
  const mix = (axis: 0 | 1) =>
    (grid[at]![axis] * (1 - dx) + grid[at + 1]![axis] * dx) * (1 - dy) +
    (grid[at + nodes]![axis] * (1 - dx) + grid[at + nodes + 1]![axis] * dx) * dy;
  return [mix(0), mix(1)];
}
