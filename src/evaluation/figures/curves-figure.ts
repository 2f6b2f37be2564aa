import { type Frame, linearScale, stepAxis, valueAxis } from './axis.ts';
import { textWidth } from './font.ts';
import { capMiddle, element, type Figure, figure, heading, MARGIN, THEME, text } from './svg.ts';

/** One line of a chart; NaN leaves a gap. */
export interface CurveSeries {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** One chart: lines over a common x axis. */
export interface CurveChart {
  readonly title: string;
  readonly series: readonly CurveSeries[];
  /** Written after the values of the axis, such as ` %`. */
  readonly unit?: string;
  /** Mark the best point of the last series. */
  readonly best?: 'lowest' | 'highest';
  /** Start the value axis at 0. */
  readonly fromZero?: boolean;
}

/** Okabe and Ito's colours, told apart by colour-blind eyes; grey first for the line that matters less. */
const LINE_COLORS = ['#8c959f', '#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'] as const;
const LINE_WIDTH = 2.2;
const CHART = { width: 420, height: 250 } as const;
const LEFT_ROOM = 52;

const lineColor = (place: number, count: number) =>
  count === 1 ? LINE_COLORS[1] : LINE_COLORS[place % LINE_COLORS.length]!;

interface Axes {
  readonly toX: (value: number) => number;
  readonly toY: (value: number) => number;
}

function pathOf(series: Pick<CurveSeries, 'x' | 'y'>, { toX, toY }: Axes): string {
  let path = '';
  let pen = 'M';
  for (const [place, x] of series.x.entries()) {
    const y = series.y[place] ?? Number.NaN;
    if (!Number.isFinite(y)) {
      pen = 'M';
      continue;
    }
    path += `${pen}${toX(x).toFixed(1)} ${toY(y).toFixed(1)}`;
    pen = 'L';
  }
  return path;
}

/** Keys of the lines in a row under the chart's title. */
function lineKeys({ left, top }: Frame, series: readonly CurveSeries[]): string {
  let x = left;
  return series
    .map(({ name }, place) => {
      const color = lineColor(place, series.length);
      const key =
        element('line', { x1: x, x2: x + 18, y1: top - 15, y2: top - 15, stroke: color, 'stroke-width': 3 }) +
        text(x + 24, top - 15 + capMiddle(12), name, { size: 12, color: THEME.muted });
      x += 24 + textWidth(name, 12) + 20;
      return key;
    })
    .join('');
}

/** The place of the best finite value, -1 when there is none. */
function bestPlace(values: readonly number[], best: 'lowest' | 'highest'): number {
  const sign = best === 'lowest' ? -1 : 1;
  let place = -1;
  for (const [at, value] of values.entries()) {
    if (Number.isFinite(value) && (place < 0 || sign * value > sign * values[place]!)) place = at;
  }
  return place;
}

/** A ring around the best point of a line, and its value at the right end of the keys' row, clear of all lines. */
function bestMark(
  { left, top, width }: Frame,
  { x, y }: CurveSeries,
  { best, unit = '' }: CurveChart,
  color: string,
  { toX, toY }: Axes,
  xName: string,
): string {
  const place = best === undefined ? -1 : bestPlace(y, best);
  if (place < 0) return '';
  const value = y[place]!;
  const label = `best ${value.toFixed(Math.abs(value) >= 10 ? 1 : 3)}${unit} at ${xName} ${x[place]}`;
  const ring = { r: 4.2, fill: THEME.paper, stroke: color, 'stroke-width': 2 };
  const right = left + width;
  return [
    element('circle', { cx: toX(x[place]!), cy: toY(value), ...ring }),
    element('circle', { cx: right - textWidth(label, 12, 600) - 12, cy: top - 15, ...ring }),
    text(right, top - 15 + capMiddle(12), label, { size: 12, weight: 600, color, anchor: 'end' }),
  ].join('');
}

function line({ x, y }: Pick<CurveSeries, 'x' | 'y'>, color: string, { toX, toY }: Axes): string {
  const only = y.findIndex(Number.isFinite);
  if (only >= 0 && only === y.findLastIndex(Number.isFinite)) {
    return element('circle', { cx: toX(x[only]!), cy: toY(y[only]!), r: 3, fill: color });
  }
  return element('path', {
    d: pathOf({ x, y }, { toX, toY }),
    fill: 'none',
    stroke: color,
    'stroke-width': LINE_WIDTH,
    'stroke-linejoin': 'round',
    'stroke-linecap': 'round',
  });
}

function chart(frame: Frame, description: CurveChart, xName: string): string {
  const { left, top, width, height } = frame;
  const { title, series, unit = '', fromZero = false } = description;
  const xs = series.flatMap(({ x }) => x);
  const ys = series.flatMap(({ y }) => y.filter(Number.isFinite));
  const [low, high] =
    ys.length === 0 ? [0, 1] : [fromZero ? Math.min(0, ...ys) : Math.min(...ys), Math.max(...ys)];
  const toY = linearScale(low, high, top + height, top);
  const [first, last] = xs.length === 0 ? [0, 1] : [Math.min(...xs), Math.max(...xs)];
  // Lines run from edge to edge; only the ticks are round.
  const toX = (value: number) => left + (last > first ? (value - first) / (last - first) : 0.5) * width;
  const ticks = linearScale(first, last, 0, 1, 8).ticks.filter((tick) => tick >= first && tick <= last);
  const marked = series.at(-1);
  const lastColor = lineColor(series.length - 1, series.length);
  return [
    text(left - LEFT_ROOM, top - 38, title, { size: 14, weight: 600 }),
    lineKeys(frame, series),
    valueAxis(frame, toY, unit),
    stepAxis(frame, Object.assign(toX, { ticks, digits: 0 }), xName),
    ...series.map((entry, place) => line(entry, lineColor(place, series.length), { toX, toY })),
    marked === undefined ? '' : bestMark(frame, marked, description, lastColor, { toX, toY }, xName),
  ].join('');
}

/** Charts of lines side by side, two in a row. */
export function curvesFigure(
  charts: readonly CurveChart[],
  title: string,
  subtitle?: string,
  xName = 'epoch',
): Figure {
  const { markup, bottom } = heading(title, subtitle);
  const columns = Math.min(2, charts.length);
  const [stepX, stepY] = [LEFT_ROOM + CHART.width + 36, CHART.height + 118];
  const body = charts.map((entry, place) =>
    chart(
      {
        left: MARGIN + LEFT_ROOM + (place % columns) * stepX,
        top: bottom + 58 + Math.floor(place / columns) * stepY,
        ...CHART,
      },
      entry,
      xName,
    ),
  );
  const width = 2 * MARGIN + columns * stepX - 36 + 8;
  return figure(width, bottom + Math.ceil(charts.length / columns) * stepY + 8, title, [markup, ...body]);
}
