import { TilePlanError } from '../errors.ts';

/** One window along an axis, in pixels of the raster. */
export interface Span {
  /** First pixel that the network sees; may lie before the raster. */
  readonly start: number;
  /** The pixels whose prediction counts: from `from` up to, not including, `to`; inside the raster. */
  readonly from: number;
  readonly to: number;
}

/** How windows follow one another along an axis. */
export interface AxisOptions {
  /** Side of a window. */
  readonly tile: number;
  /** Pixels at each end of a window that are seen but do not count. */
  readonly margin: number;
  /** The same beyond the raster's ends, where nothing but its own reflection is seen. Default: the margin. */
  readonly outside?: number;
  /** Pixels that neighbouring windows both count. */
  readonly overlap: number;
  /** The last window begins a multiple of this from the first. Default 1. */
  readonly multiple?: number;
}

/** @throws TilePlanError when nothing of a window would count, or windows would not advance */
export function checkAxis({ tile, margin, overlap }: AxisOptions): void {
  const whole = [tile, margin, overlap].every((value) => Number.isInteger(value) && value >= 0);
  if (!whole || 2 * margin >= tile) {
    throw new TilePlanError(`a tile of ${tile} pixels with a margin of ${margin} writes nothing`, {
      key: 'margin',
      remedy: 'choose a margin below half the tile',
    });
  }
  if (overlap >= tile - 2 * margin) {
    throw new TilePlanError(`an overlap of ${overlap} pixels leaves tiles of ${tile} no step forward`, {
      key: 'overlap',
      remedy: `choose an overlap below ${tile - 2 * margin}`,
    });
  }
}

/**
 * Windows that cover `length` pixels. The last window is moved back so that it ends one margin beyond the raster, as far as
 * it must and the multiple lets it: strided networks answer otherwise for pixels that fall elsewhere between their steps. Its part
 * that counts still begins where the others' rhythm puts it. Whole numbers throughout, so nothing drifts along a large raster.
 *
 * @throws TilePlanError
 */
export function axisSpans(length: number, options: AxisOptions): Span[] {
  checkAxis(options);
  const { tile, margin, overlap, outside = margin, multiple = 1 } = options;
  const step = tile - 2 * margin - overlap;
  const back = Math.max(0, length + 2 * outside - tile);
  const count = Math.ceil(back / step) + 1;
  const latest = Math.ceil(back / multiple) * multiple - outside;
  return Array.from({ length: count }, (_, i) => {
    const start = i * step - outside;
    const from = i === 0 ? 0 : start + margin;
    const to = i === count - 1 ? length : start + tile - margin;
    return { start: Math.min(start, latest), from, to };
  });
}

/**
 * Windows of which `shifts` see each pixel: they follow one another at `tile / shifts` pixels and stay inside the raster, so
 * pixels near its border are seen by fewer.
 *
 * @throws TilePlanError when the tile cannot be divided so
 */
export function shiftedSpans(length: number, tile: number, shifts: number): Span[] {
  if (!Number.isInteger(shifts) || shifts < 1 || tile % shifts !== 0) {
    throw new TilePlanError(`a tile of ${tile} pixels cannot be shifted in ${shifts} equal steps`, {
      key: 'shifts',
      remedy: 'choose a number of shifts that divides the tile: 2, 4 or 8',
    });
  }
  const step = tile / shifts;
  const count = Math.max(1, Math.ceil((length - tile) / step) + 1);
  return Array.from({ length: count }, (_, i) => {
    const start = Math.max(0, Math.min(i * step, length - tile));
    return { start, from: start, to: Math.min(start + tile, length) };
  });
}
