import { type Frame, linearScale, stepAxis, valueAxis } from './axis.ts';
import { textWidth } from './font.ts';
import { KEY_LINE, KEY_SIZE, placeKeys } from './keys.ts';
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

const MARK = 24;

/** Keys of the lines, the last line of them just above the chart. */
function lineKeys({ left, top, width }: Frame, series: readonly CurveSeries[]): string {
  const names = series.map(({ name }) => name);
  const { places, rows } = placeKeys(names, MARK, width);
  return places
    .map(({ x, row }, place) => {
      const [keyX, y] = [left + x, top - 15 - (rows - 1 - row) * KEY_LINE];
      const stroke = lineColor(place, series.length);
      return (
        element('line', { x1: keyX, x2: keyX + MARK - 6, y1: y, y2: y, stroke, 'stroke-width': 3 }) +
        text(keyX + MARK, y + capMiddle(KEY_SIZE), names[place]!, { size: KEY_SIZE, color: THEME.muted })
      );
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

/** A ring around the best point of a line, and its value at the right end of the title's line, clear of everything. */
function bestMark(
  right: number,
  labelY: number,
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
  return [
    element('circle', { cx: toX(x[place]!), cy: toY(value), ...ring }),
    element('circle', { cx: right - textWidth(label, 12, 600) - 12, cy: labelY - capMiddle(12), ...ring }),
    text(right, labelY, label, { size: 12, weight: 600, color, anchor: 'end' }),
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

function chart(frame: Frame, titleY: number, description: CurveChart, xName: string): string {
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
    text(left - LEFT_ROOM, titleY, title, { size: 14, weight: 600 }),
    lineKeys(frame, series),
    valueAxis(frame, toY, unit),
    stepAxis(frame, Object.assign(toX, { ticks, digits: 0 }), xName),
    ...series.map((entry, place) => line(entry, lineColor(place, series.length), { toX, toY })),
    marked === undefined
      ? ''
      : bestMark(left + width, titleY, marked, description, lastColor, { toX, toY }, xName),
  ].join('');
}

/** Charts of lines side by side, two in a row. */
export function curvesFigure(
  charts: readonly CurveChart[],
  title: string,
  subtitle?: string,
  xName = 'epoch',
): Figure {
  const head = heading(title, subtitle);
  const { bottom } = head;
  const columns = Math.min(2, charts.length);
  const keyRows = charts.map(
    ({ series }) =>
      placeKeys(
        series.map(({ name }) => name),
        MARK,
        CHART.width,
      ).rows,
  );
  const above = 36 + Math.max(...keyRows) * KEY_LINE;
  const [stepX, stepY] = [LEFT_ROOM + CHART.width + 36, CHART.height + above + 60];
  const body = charts.map((entry, place) => {
    const titleY = bottom + 20 + Math.floor(place / columns) * stepY;
    const left = MARGIN + LEFT_ROOM + (place % columns) * stepX;
    return chart({ left, top: titleY - 20 + above, ...CHART }, titleY, entry, xName);
  });
  const width = 2 * MARGIN + columns * stepX - 36 + 8;
  return figure(head, width, bottom + Math.ceil(charts.length / columns) * stepY + 8, body);
}
