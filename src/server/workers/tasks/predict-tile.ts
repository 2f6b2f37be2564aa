import { setImmediate as turn } from 'node:timers/promises';
import { parseHexColor } from '../../../core/index.ts';
import type { Tile } from '../../../inference/index.ts';
import { intersectWindows } from '../../../raster/index.ts';
import { classPng } from '../../png.ts';
import { TILE, type TileView, tileScheme, tileView } from '../../tile-scheme.ts';
import type { TaskArgs, TaskValue } from '../messages.ts';
import type { TaskContext } from './index.ts';
import { LiveMap } from './live-map.ts';

/** Cells along a tile's pixel up to which every cell is predicted, and rasters so small that they always are. */
const FINE = 4;
const SMALL = 4096 * 4096;
/** Border, in the tile's pixels, that the network sees around a reduced tile. */
const BORDER = 32;

/**
 * A tile of the map that a model makes, predicted now or remembered. Far out, where a tile shows millions of cells, and
 * where a preview is asked for that is not mapped yet, the network sees the raster at the tile's own resolution; such a
 * tile is marked.
 */
export async function predictTile(
  { source, models, tile, preview }: TaskArgs<'predict-tile'>,
  { signal }: TaskContext,
): Promise<TaskValue<'predict-tile'>> {
  const map = await LiveMap.of(source, models);
  const { raster, model } = map;
  const view = tileView(tileScheme(raster), tile.z, tile.x, tile.y);
  if (view === null) return null;
  const affordable = view.factor <= FINE || raster.width * raster.height <= SMALL;
  const fine = affordable && (!preview || view.factor === 1 || isMapped(map, view));
  const cells = fine ? await fineCells(map, view, signal) : await reducedCells(map, view);
  const colors = model.description.classes.map(({ color }) => parseHexColor(color));
  return { png: classPng(TILE, TILE, cells, colors), reduced: !fine };
}

const isMapped = (map: LiveMap, { window }: TileView) =>
  map.places(window).every((place) => map.known(place) !== undefined);

/** Nearest cells of the full map. */
async function fineCells(
  map: LiveMap,
  { window, factor, outWidth, outHeight }: TileView,
  signal: AbortSignal,
) {
  const cells = new Uint8Array(TILE * TILE).fill(255);
  for (const place of map.places(window)) {
    signal.throwIfAborted();
    const part = intersectWindows(place.own, window)!;
    const classes = await map.classes(place);
    const { own } = place;
    const first = (from: number, start: number) => Math.max(0, Math.ceil((from - start) / factor - 0.5));
    for (let row = first(part.y, window.y); row < outHeight; row++) {
      const y = Math.min(window.y + Math.floor((row + 0.5) * factor), window.y + window.height - 1) - own.y;
      if (y < 0 || y >= own.height) continue;
      for (let column = first(part.x, window.x); column < outWidth; column++) {
        const x =
          Math.min(window.x + Math.floor((column + 0.5) * factor), window.x + window.width - 1) - own.x;
        if (x < 0 || x >= own.width) continue;
        cells[row * TILE + column] = classes[y * own.width + x]!;
      }
    }
    // Orders from the server (a tile nobody looks at any more) are heard between windows.
    await turn();
  }
  return cells;
}

/** The classes that the network sees in the reduced raster, in windows of a size that it takes. */
async function reducedCells({ raster, model }: LiveMap, { window, factor, outWidth, outHeight }: TileView) {
  const { predictor, side: only } = model;
  const side = only ?? Math.ceil((TILE + 2 * BORDER) / predictor.divisor) * predictor.divisor;
  const border = Math.min(BORDER, Math.floor(side / 8));
  const step = side - 2 * border;
  const valid = (await raster.readValidity({ ...window, outWidth, outHeight })).data;
  const cells = new Uint8Array(TILE * TILE).fill(255);
  for (let top = 0; top < outHeight; top += step) {
    for (let left = 0; left < outWidth; left += step) {
      const [width, height] = [Math.min(step, outWidth - left), Math.min(step, outHeight - top)];
      const block = await raster.read({
        ...{ x: window.x + (left - border) * factor, y: window.y + (top - border) * factor },
        ...{ width: side * factor, height: side * factor, outWidth: side, outHeight: side },
        ...{ resampling: 'average', padding: 'reflect' },
      });
      const tile: Tile = { pixels: block.data, dataType: raster.dataType, width: side, height: side };
      const core = { x: border, y: border, width, height };
      const [classes] = (await predictor.predict([tile], 'classes', [core])) as [Uint8Array];
      for (let i = 0; i < classes.length; i++) {
        const [column, row] = [left + (i % width), top + Math.floor(i / width)];
        if (valid[row * outWidth + column] === 1) cells[row * TILE + column] = classes[i]!;
      }
    }
  }
  return cells;
}
