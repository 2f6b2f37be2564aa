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
 * A tile of the map that a model makes, predicted now or remembered. Far out, where a tile shows millions of cells, the
 * network sees the raster at the tile's own resolution: a preview, and marked as one.
 */
export async function predictTile(
  { source, models, tile }: TaskArgs<'predict-tile'>,
  { signal }: TaskContext,
): Promise<TaskValue<'predict-tile'>> {
  const map = await LiveMap.of(source, models);
  const { raster, model } = map;
  const view = tileView(tileScheme(raster), tile.z, tile.x, tile.y);
  if (view === null) return null;
  const fine = view.factor <= FINE || raster.width * raster.height <= SMALL;
  const cells = fine ? await fineCells(map, view, signal) : await reducedCells(map, view);
  const colors = model.description.classes.map(({ color }) => parseHexColor(color));
  return { png: classPng(TILE, TILE, cells, colors), reduced: !fine };
}

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

/** The classes that the network sees in the reduced raster. */
async function reducedCells({ raster, model }: LiveMap, { window, factor, outWidth, outHeight }: TileView) {
  const { predictor } = model;
  const side = Math.ceil((TILE + 2 * BORDER) / predictor.divisor) * predictor.divisor;
  const border = BORDER * factor;
  const seen = { x: window.x - border, y: window.y - border, width: side * factor, height: side * factor };
  const block = await raster.read({
    ...seen,
    ...{ outWidth: side, outHeight: side, resampling: 'average', padding: 'reflect' },
  });
  const tile: Tile = { pixels: block.data, dataType: raster.dataType, width: side, height: side };
  const core = { x: BORDER, y: BORDER, width: outWidth, height: outHeight };
  const [classes] = (await predictor.predict([tile], 'classes', [core])) as [Uint8Array];
  const valid = (await raster.readValidity({ ...window, outWidth, outHeight })).data;
  const cells = new Uint8Array(TILE * TILE).fill(255);
  for (let i = 0; i < classes.length; i++) {
    if (valid[i] === 1) cells[Math.floor(i / outWidth) * TILE + (i % outWidth)] = classes[i]!;
  }
  return cells;
}
