import { parseHexColor, type Rgb } from '../../../core/index.ts';
import { bandOf, type Raster } from '../../../raster/index.ts';
import { classPng, rgbaPng } from '../../png.ts';
import { TILE, tileScheme, tileView } from '../../tile-scheme.ts';
import type { TaskArgs } from '../messages.ts';
import { openSource } from './open-source.ts';

/** Shares of the cells, in percent, that are shown black and white. */
const [DARK, BRIGHT] = [2, 98];
/** Side of the picture from which the range of a raster's values is taken. */
const SAMPLE = 512;

const ranges = new WeakMap<Raster, Map<string, Promise<readonly (readonly [number, number])[]>>>();

/** For each band the values to show as black and white: bytes as they are, others by their distribution. */
function rangesOf(raster: Raster, bands: readonly number[]): Promise<readonly (readonly [number, number])[]> {
  const known = ranges.get(raster) ?? new Map<string, Promise<readonly (readonly [number, number])[]>>();
  ranges.set(raster, known);
  const key = bands.join(',');
  const found = known.get(key) ?? measureRanges(raster, bands);
  known.set(key, found);
  return found;
}

async function measureRanges(
  raster: Raster,
  bands: readonly number[],
): Promise<(readonly [number, number])[]> {
  if (bands.every((band) => raster.band(band).dataType === 'uint8'))
    return bands.map(() => [0, 255] as const);
  const shrink = Math.min(1, SAMPLE / Math.max(raster.width, raster.height));
  const size = {
    outWidth: Math.max(1, Math.round(raster.width * shrink)),
    outHeight: Math.max(1, Math.round(raster.height * shrink)),
  };
  const block = await raster.read({ ...size, bands, resampling: 'nearest' });
  const valid = (await raster.readValidity({ ...size, bands })).data;
  return bands.map((_, i) => {
    const values = Float64Array.from(bandOf(block, i)).filter(
      (value, at) => valid[at] === 1 && Number.isFinite(value),
    );
    values.sort();
    const value = (percent: number) => values[Math.round((percent / 100) * (values.length - 1))] ?? 0;
    return [value(DARK), Math.max(value(BRIGHT), value(DARK) + 1e-9)] as const;
  });
}

/** A tile of a raster's pyramid as PNG: classes in their colours, images stretched to the range of their values. */
export async function imageTile({
  source,
  tile,
  bands,
  colors,
}: TaskArgs<'image-tile'>): Promise<Buffer | null> {
  const raster = await openSource(source);
  const view = tileView(tileScheme(raster), tile.z, tile.x, tile.y);
  if (view === null) return null;
  const { window, outWidth, outHeight } = view;
  const table: readonly (Rgb | null)[] | undefined =
    colors?.map((color) => (color === null ? null : parseHexColor(color))) ??
    raster.colorTable?.map(([r, g, b]) => [r, g, b] as const);
  if (raster.bandCount === 1 && table !== undefined && bands === null) {
    const { data } = await raster.read({ ...window, outWidth, outHeight, bands: [1], resampling: 'nearest' });
    const cells = new Uint8Array(TILE * TILE).fill(255);
    const noData = raster.noData;
    for (let i = 0; i < data.length; i++) {
      const value = data[i]!;
      const at = Math.floor(i / outWidth) * TILE + (i % outWidth);
      if (value !== noData && value < 255 && table[value] != null) cells[at] = value;
    }
    const shown = table.slice(0, 255).map((color) => color ?? ([0, 0, 0] as const));
    return classPng(TILE, TILE, cells, shown);
  }
  const shown = bands ?? (raster.bandCount >= 3 ? [1, 2, 3] : [1]);
  const size = { outWidth, outHeight, bands: shown };
  const resampling = view.factor > 1 ? 'average' : 'nearest';
  const block = await raster.read({ ...window, ...size, resampling });
  const valid = (await raster.readValidity({ ...window, ...size })).data;
  const range = await rangesOf(raster, shown);
  const pixels = new Uint8Array(4 * TILE * TILE);
  for (let channel = 0; channel < 3; channel++) {
    const i = Math.min(channel, shown.length - 1);
    const cells = bandOf(block, i);
    const [low, high] = range[i]!;
    for (let row = 0, from = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++, from++) {
        const at = 4 * (row * TILE + column);
        const level = Math.round(((cells[from]! - low) * 255) / (high - low));
        pixels[at + channel] = Math.min(255, Math.max(0, level));
        if (channel === 2 && valid[from] === 1) pixels[at + 3] = 255;
      }
    }
  }
  return rgbaPng(TILE, TILE, pixels);
}
