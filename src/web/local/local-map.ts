import { BlendAccumulator } from '../../inference/blending/accumulator.ts';
import { bestClass } from '../../inference/blending/readings.ts';
import { type MapLayout, mapLayout, type Place, placeCount, placeOf } from '../../inference/map/layout.ts';
import type { RasterInfo } from '../api.ts';
import type { LocalNetwork, Square } from './network.ts';

/** Value of pixels that are not mapped. */
export const NOTHING = 255;

const ARRAYS = {
  ...{ uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array },
  ...{ uint32: Uint32Array, int32: Int32Array, float32: Float32Array, float64: Float64Array },
} as const;

interface ReadWindow extends Square {
  /** Which cells of the window hold data; null: all. */
  readonly valid: Uint8Array | null;
}

/** A part of the raster in cells. */
export interface Part {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const meet = (a: Part, b: Part): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** The part of a window that counts, from the window's corner. */
const within = (part: Part, { window }: Place): Part => ({
  ...part,
  x: part.x - window.x,
  y: part.y - window.y,
});

/**
 * A map that this page makes by itself: the windows are laid, and where they overlap blended, by the code of `arpent map`.
 * While somebody looks on, windows meet without overlap, so that each can come when it is looked at.
 */
export class LocalMap {
  readonly raster: RasterInfo;
  readonly classCount: number;
  readonly layout: MapLayout;
  private readonly networks: readonly LocalNetwork[];
  private readonly bands: readonly number[];
  private readonly windows = new Map<number, Uint8Array>();
  private whole: Uint8Array | null = null;

  /** Several networks are blended as the mean of their probabilities. */
  constructor(raster: RasterInfo, networks: readonly LocalNetwork[]) {
    const [first] = networks;
    this.raster = raster;
    this.networks = networks;
    this.classCount = first!.graph.classes;
    this.bands = [...new Set(networks.flatMap(({ graph }) => graph.channels))].sort((a, b) => a - b);
    this.layout = this.layOut('crop');
  }

  private layOut(blend: 'crop' | 'hann'): MapLayout {
    const { tile, margin, divisor } = this.networks[0]!.graph;
    return mapLayout(this.raster, { tile, margin, blend }, divisor);
  }

  /** Windows whose pixels meet a part of the raster. */
  places(part: Part): Place[] {
    const all = Array.from({ length: placeCount(this.layout) }, (_, i) => placeOf(this.layout, i));
    return all.filter(({ own }) => meet(own, part));
  }

  private async read({ window }: Place): Promise<ReadWindow> {
    const { x, y, width, height } = window;
    const query = `x=${x}&y=${y}&width=${width}&height=${height}&bands=${this.bands.join(',')}`;
    const response = await fetch(`/api/rasters/${this.raster.id}/pixels?${query}`);
    if (!response.ok) throw new Error(((await response.json()) as { detail: string }).detail);
    const bytes = await response.arrayBuffer();
    const CellArray = ARRAYS[response.headers.get('x-data-type') as keyof typeof ARRAYS];
    const cells = this.bands.length * width * height;
    const masked = response.headers.get('x-mask') === 'appended';
    return {
      pixels: new CellArray(bytes, 0, cells),
      side: width,
      valid: masked ? new Uint8Array(bytes, cells * CellArray.BYTES_PER_ELEMENT) : null,
    };
  }

  private async scores(window: ReadWindow, core: Part): Promise<Float32Array> {
    const [first, ...others] = this.networks;
    const sum = await first!.probabilities(window, this.bands, core);
    for (const network of others) {
      const more = await network.probabilities(window, this.bands, core);
      for (let i = 0; i < sum.length; i++) sum[i]! += more[i]!;
    }
    if (others.length > 0) for (let i = 0; i < sum.length; i++) sum[i]! /= this.networks.length;
    return sum;
  }

  /** Whether a window's classes are there. */
  knows({ index }: Place): boolean {
    return this.whole !== null || this.windows.has(index);
  }

  /** Classes of a window's own pixels, `[own.height, own.width]`; {@link NOTHING} where nothing is mapped. */
  async classes(place: Place): Promise<Uint8Array> {
    if (this.whole !== null) return this.cut(this.whole, place.own);
    const known = this.windows.get(place.index);
    if (known !== undefined) return known;
    const window = await this.read(place);
    const core = within(place.own, place);
    const cells =
      this.networks.length === 1
        ? await this.networks[0]!.classes(window, this.bands, core)
        : bestClass(await this.scores(window, core), this.classCount);
    blank(cells, window, core);
    this.windows.set(place.index, cells);
    return cells;
  }

  private cut(whole: Uint8Array, { x, y, width, height }: Part): Uint8Array {
    const cells = new Uint8Array(width * height);
    for (let row = 0; row < height; row++) {
      const from = (y + row) * this.raster.width + x;
      cells.set(whole.subarray(from, from + width), row * width);
    }
    return cells;
  }

  /** Probabilities of the classes in one cell. */
  async probabilities(column: number, row: number): Promise<Float32Array> {
    const cell = { x: column, y: row, width: 1, height: 1 };
    const [place] = this.places(cell);
    return this.scores(await this.read(place!), within(cell, place!));
  }

  /** Maps the whole raster in one pass, overlapping windows blended. */
  async blend(onProgress: (share: number) => void, cancelled: () => boolean): Promise<void> {
    const layout = this.layOut('hann');
    const { raster, classCount } = this;
    const accumulator = new BlendAccumulator(layout, classCount);
    const whole = new Uint8Array(raster.width * raster.height);
    const count = placeCount(layout);
    const gaps: { part: Part; window: ReadWindow; core: Part }[] = [];
    for (let index = 0; index < count; index++) {
      if (cancelled()) throw new Error('cancelled');
      const place = placeOf(layout, index);
      const window = await this.read(place);
      const core = within(place.kept, place);
      const { column, row } = place;
      const { x, y, width, height, sums } = accumulator.add(column, row, await this.scores(window, core));
      const best = bestClass(sums, classCount);
      for (let line = 0; line < height; line++) {
        whole.set(best.subarray(line * width, (line + 1) * width), (y + line) * raster.width + x);
      }
      if (window.valid !== null) gaps.push({ part: place.kept, window, core });
      onProgress((index + 1) / count);
    }
    for (const { part, window, core } of gaps) blankWhole(whole, raster.width, part, window, core);
    this.whole = whole;
  }
}

/** Marks, in place, the pixels of a part that hold no data. */
function blank(cells: Uint8Array, { valid, side }: ReadWindow, core: Part): void {
  if (valid === null) return;
  for (let i = 0; i < cells.length; i++) {
    const at = (core.y + Math.floor(i / core.width)) * side + core.x + (i % core.width);
    if (valid[at] === 0) cells[i] = NOTHING;
  }
}

function blankWhole(whole: Uint8Array, across: number, part: Part, window: ReadWindow, core: Part): void {
  for (let row = 0; row < part.height; row++) {
    for (let column = 0; column < part.width; column++) {
      const valid = window.valid![(core.y + row) * window.side + core.x + column];
      if (valid === 0) whole[(part.y + row) * across + part.x + column] = NOTHING;
    }
  }
}
