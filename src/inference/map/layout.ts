import type { RasterWindow, Size } from '../../raster/index.ts';
import { axisSpans, type BlendLayout, type BlendWindow, type Span, shiftedSpans } from '../blending/index.ts';
import { TilePlanError } from '../errors.ts';
import { checkTilePlan, type TileGrid } from '../tile-grid.ts';

/** Where the windows of a map lie and how they share pixels. */
export interface MapLayout extends BlendLayout {
  readonly size: Size;
  readonly tile: number;
  /** Whether windows share pixels at all; where they do not, predictions go straight to the output. */
  readonly blended: boolean;
}

/** How to lay windows on a raster. */
export interface LayoutOptions {
  readonly tile: number;
  readonly margin: number;
  readonly overlap?: number | undefined;
  readonly blend?: BlendWindow | undefined;
  /** Windows shifted by `tile / shifts` along each axis: `shifts²` predictions a pixel. Replaces margin and overlap. */
  readonly shifts?: number | undefined;
}

/** How windows share pixels when nobody says: IGN's do not; all others fade into each other. */
export function defaultBlend(compat: 'none' | 'ign' = 'none'): BlendWindow {
  return compat === 'ign' ? 'crop' : 'hann';
}

/** A margin and an overlap as {@link axisSpans} takes them. */
export interface Border {
  /** Pixels at each end of a window that are seen but do not count. */
  readonly margin: number;
  readonly overlap: number;
}

/** Widest fade between neighbours when nobody says. */
const USUAL_OVERLAP = 128;

/** Pixels between the deepest features of nearly every network. */
const USUAL_STEPS = 32;

/** Most that windows see beyond the raster: reflections say less than land does. */
const MOST_OUTSIDE = 64;

/**
 * What becomes of a margin. Where windows blend and no overlap is named, neighbours fade into each other over as much as half of
 * the margin, centred where `crop` would cut, and the rest is not counted: every blend takes the same windows and the same work.
 */
export function borderOf(blend: BlendWindow, margin: number, overlap?: number): Border {
  if (overlap !== undefined || blend === 'crop') return { margin, overlap: overlap ?? 0 };
  const counted = Math.min(Math.floor(margin / 2), USUAL_OVERLAP / 2);
  return { margin: margin - counted, overlap: 2 * counted };
}

/**
 * Lays windows on a raster.
 *
 * @param divisor what the network needs the tile to be a multiple of
 * @throws TilePlanError
 */
export function mapLayout(size: Size, options: LayoutOptions, divisor = 1): MapLayout {
  const { tile, shifts = 1, blend = defaultBlend() } = options;
  const { margin, overlap } = borderOf(blend, options.margin, options.overlap);
  checkTilePlan(tile, shifts > 1 ? 0 : options.margin, divisor);
  if (shifts > 1) {
    const [columns, rows] = [shiftedSpans(size.width, tile, shifts), shiftedSpans(size.height, tile, shifts)];
    return { size, tile, columns, rows, window: 'mean', blended: true };
  }
  if (blend === 'crop' && overlap > 0) {
    throw new TilePlanError('cropped windows do not overlap', {
      key: 'overlap',
      remedy: 'choose a blend (hann, linear, gaussian) or leave the overlap out',
    });
  }
  // Strided networks answer otherwise for pixels between their steps. One that takes a single size does not tell its steps: the usual
  // ones then, where the size is a multiple of them.
  const multiple = divisor < tile ? divisor : tile % USUAL_STEPS === 0 ? USUAL_STEPS : 1;
  const axis = { tile, margin, overlap, outside: Math.min(margin, MOST_OUTSIDE), multiple };
  const [columns, rows] = [axisSpans(size.width, axis), axisSpans(size.height, axis)];
  return { size, tile, columns, rows, window: blend, blended: overlap > 0 };
}

const spanOf = (start: number, from: number, length: number): Span => ({ start, from, to: from + length });

/** The layout of a grid whose tiles meet without sharing pixels. */
export function layoutOfGrid(grid: TileGrid): MapLayout {
  const across = grid.rowTiles(0);
  const down = Array.from({ length: grid.rows }, (_, row) => grid.rowTiles(row)[0]!);
  return {
    size: grid.size,
    tile: grid.tile,
    columns: across.map(({ window, core }) => spanOf(window.x, core.x, core.width)),
    rows: down.map(({ window, core }) => spanOf(window.y, core.y, core.height)),
    window: 'crop',
    blended: false,
  };
}

/** One window of a map, by its number in reading order. */
export interface Place {
  readonly index: number;
  readonly column: number;
  readonly row: number;
  /** What the network sees; may reach beyond the raster. */
  readonly window: RasterWindow;
  /** The pixels whose prediction counts. */
  readonly kept: RasterWindow;
  /** The pixels that are finished once this window is added. */
  readonly own: RasterWindow;
}

const ownEnd = (spans: readonly Span[], i: number): number =>
  i + 1 < spans.length ? Math.min(spans[i + 1]!.from, spans[i]!.to) : spans[i]!.to;

/** The window with a number, counted row by row. */
export function placeOf({ columns, rows, tile }: MapLayout, index: number): Place {
  const column = index % columns.length;
  const row = Math.floor(index / columns.length);
  const x = columns[column]!;
  const y = rows[row]!;
  return {
    ...{ index, column, row },
    window: { x: x.start, y: y.start, width: tile, height: tile },
    kept: { x: x.from, y: y.from, width: x.to - x.from, height: y.to - y.from },
    own: {
      x: x.from,
      y: y.from,
      width: ownEnd(columns, column) - x.from,
      height: ownEnd(rows, row) - y.from,
    },
  };
}

/** How many windows a map has. */
export function placeCount({ columns, rows }: MapLayout): number {
  return columns.length * rows.length;
}

/**
 * The window to start from so that window `next` and all after it come out as in an uninterrupted pass: blends need the
 * windows before that reach into its row.
 */
export function resumeFrom(layout: MapLayout, next: number): number {
  if (!layout.blended || next >= placeCount(layout)) return next;
  const row = Math.floor(next / layout.columns.length);
  const first = layout.rows.findIndex(({ to }) => to > layout.rows[row]!.from);
  return Math.min(first, row) * layout.columns.length;
}

/** A layout as a grid of tiles, for reports: each tile with the pixels that it finishes. */
export function gridOfLayout(layout: MapLayout, margin: number): TileGrid {
  const { size, tile, columns, rows } = layout;
  return {
    ...{ size, tile, margin, columns: columns.length, rows: rows.length },
    rowTiles: (row) =>
      columns.map((_, column) => {
        const { window, own } = placeOf(layout, row * columns.length + column);
        return { column, row, window, core: own };
      }),
  };
}
