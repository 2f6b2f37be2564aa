import { capMiddle, element, THEME, text } from './svg.ts';

/** Maps data to pixels along one axis. */
export interface LinearScale {
  readonly ticks: readonly number[];
  /** Digits after the point that tell the ticks apart. */
  readonly digits: number;
  (value: number): number;
}

/** The step 1, 2 or 5 × 10^n that divides a span into about `count` parts. */
function niceStep(span: number, count: number): number {
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10;
  return step * power;
}

/**
 * A linear scale with round ticks that enclose the data.
 * @param from pixel of the lowest tick, `to` of the highest.
 */
export function linearScale(low: number, high: number, from: number, to: number, count = 5): LinearScale {
  const span = high > low ? high - low : Math.abs(high) || 1;
  const step = niceStep(span, count);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil((low + span) / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, place) => (first + place) * step);
  const [start, end] = [first * step, last * step];
  const scale = (value: number) => from + ((value - start) / (end - start)) * (to - from);
  return Object.assign(scale, { ticks, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) });
}

/** A rectangle to draw in, in pixels. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const TICK_SIZE = 11;

/** Horizontal grid lines with their values to the left. */
export function valueAxis({ left, width }: Frame, scale: LinearScale, unit = ''): string {
  return scale.ticks
    .map((tick) => {
      const y = scale(tick);
      return (
        element('line', { x1: left, x2: left + width, y1: y, y2: y, stroke: THEME.faint }) +
        text(left - 8, y + capMiddle(TICK_SIZE), tick.toFixed(scale.digits) + unit, {
          size: TICK_SIZE,
          color: THEME.muted,
          anchor: 'end',
        })
      );
    })
    .join('');
}

/** A base line with the values of whole-number ticks under it, and the axis's name under these. */
export function stepAxis({ left, top, width, height }: Frame, scale: LinearScale, name: string): string {
  const bottom = top + height;
  const marks = scale.ticks
    .filter(
      (tick) => Number.isInteger(tick) && scale(tick) <= left + width + 0.5 && scale(tick) >= left - 0.5,
    )
    .map((tick) =>
      text(scale(tick), bottom + 18, `${tick}`, { size: TICK_SIZE, color: THEME.muted, anchor: 'middle' }),
    );
  return [
    element('line', { x1: left, x2: left + width, y1: bottom, y2: bottom, stroke: THEME.line }),
    ...marks,
    text(left + width / 2, bottom + 38, name, { size: 12, color: THEME.muted, anchor: 'middle' }),
  ].join('');
}
