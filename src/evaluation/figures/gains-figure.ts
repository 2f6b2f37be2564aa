import type { Interval } from '../bootstrap.ts';
import { textWidth } from './font.ts';
import { capMiddle, element, type Figure, figure, heading, MARGIN, THEME, text } from './svg.ts';

/** What a run gains, with an interval for each way of drawing; bounds that are NaN are not drawn. */
export interface GainRow {
  readonly name: string;
  /** The widest bar first. */
  readonly intervals: readonly Interval[];
}

const PLOT_WIDTH = 420;
const ROW = 30;
/** Between the bars of a row. */
const STEP = 9;
/** A gain that can be told from none, and one that cannot. */
const [CLEAR, OPEN] = ['#0072b2', '#8c959f'];

/** About five round numbers from `low` to `high`. */
function ticksOf(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

const signed = (value: number) => `${value < 0 ? '−' : value > 0 ? '+' : ''}${Math.abs(value).toFixed(1)}`;

/**
 * Gains as dots with their intervals beside a line at zero, in grey where an interval holds 0.
 * @param ways names of the intervals, in the order that every row has them
 */
export function gainsFigure(
  rows: readonly GainRow[],
  ways: readonly string[],
  title: string,
  subtitle?: string,
): Figure {
  const numbers = rows.flatMap(({ intervals }) =>
    intervals.flatMap(({ estimate, low, high }) => [estimate, low, high]),
  );
  const known = [0, ...numbers.filter(Number.isFinite)];
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const room = Math.max(1, (most - least) * 0.06);
  const [low, high] = [least - room, most + room];
  const head = heading(title, subtitle);
  const left = MARGIN + Math.max(0, ...rows.map(({ name }) => textWidth(name, 12.5))) + 14;
  const widest = Math.max(0, ...ways.map((way) => textWidth(way, 11)));
  const top = head.bottom + 14;
  const height = rows.length * ROW;
  const toX = (value: number) => left + ((value - low) / (high - low)) * PLOT_WIDTH;
  const body = ticksOf(low, high).flatMap((value) => [
    element('line', {
      ...{ x1: toX(value), x2: toX(value), y1: top, y2: top + height },
      stroke: Math.abs(value) < 1e-9 ? THEME.muted : THEME.faint,
    }),
    text(toX(value), top + height + 18, signed(value), { size: 11, color: THEME.muted, anchor: 'middle' }),
  ]);
  for (const [row, { name, intervals }] of rows.entries()) {
    const middle = top + (row + 0.5) * ROW;
    body.push(text(left - 14, middle + capMiddle(12.5), name, { size: 12.5, anchor: 'end' }));
    for (const [place, { estimate, low: from, high: to }] of intervals.entries()) {
      const y = middle + (place - (intervals.length - 1) / 2) * STEP;
      const color = from > 0 || to < 0 ? CLEAR : OPEN;
      if (Number.isFinite(from + to))
        body.push(
          element('line', { x1: toX(from), x2: toX(to), y1: y, y2: y, stroke: color, 'stroke-width': 2 }),
        );
      if (Number.isFinite(estimate))
        body.push(element('circle', { cx: toX(estimate), cy: y, r: 3.5, fill: color }));
      const way = text(left + PLOT_WIDTH + 10, y + capMiddle(9), ways[place] ?? '', {
        size: 9,
        color: THEME.muted,
      });
      body.push(way);
    }
  }
  return figure(head, left + PLOT_WIDTH + 10 + widest + MARGIN, top + height + 26 + MARGIN, body);
}
