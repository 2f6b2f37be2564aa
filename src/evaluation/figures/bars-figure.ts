import type { ClassDefinition } from '../../core/index.ts';
import type { Scores } from '../metrics.ts';
import { textWidth } from './font.ts';
import { KEY_LINE, KEY_SIZE, placeKeys } from './keys.ts';
import { capMiddle, element, type Figure, figure, heading, MARGIN, swatch, THEME, text } from './svg.ts';

/** One set of bars: the scores of a run. */
export interface BarRun {
  readonly name: string;
  readonly scores: Scores;
  /** Confidence interval of each class's IoU, by class index, in percent. */
  readonly intervals?: ReadonlyMap<number, readonly [low: number, high: number]>;
}

/** Okabe and Ito's colours, in an order whose neighbours differ in lightness too; then five of Paul Tol's. */
const RUN_COLORS = [
  ...['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#8c959f'],
  ...['#332288', '#ddcc77', '#882255', '#44aa99', '#117733'],
] as const;
const PLOT_WIDTH = 460;
/** Room for the values to the right of the bars. */
const VALUE_ROOM = 44;

const runColor = (place: number) => RUN_COLORS[place % RUN_COLORS.length]!;

function whisker(y: number, [low, high]: readonly [number, number], toX: (value: number) => number): string {
  const path = `M${toX(low).toFixed(1)} ${y - 3}v6m0 -3H${toX(high).toFixed(1)}m0 -3v6`;
  return element('path', { d: path, fill: 'none', stroke: THEME.ink, 'stroke-width': 1.2 });
}

interface Layout {
  readonly left: number;
  readonly top: number;
  readonly rowHeight: number;
  readonly height: number;
  /** Thickness of a bar. */
  readonly bar: number;
  readonly toX: (percent: number) => number;
}

function grid({ top, height, toX }: Layout): string {
  return [0, 20, 40, 60, 80, 100]
    .map((percent) => {
      const x = toX(percent);
      const stroke = percent === 0 ? THEME.line : THEME.faint;
      return (
        element('line', { x1: x, x2: x, y1: top, y2: top + height, stroke }) +
        text(x, top + height + 18, `${percent} %`, { size: 11, color: THEME.muted, anchor: 'middle' })
      );
    })
    .join('');
}

/** One run's bar in a class's row, its value in a column to the right of all bars. */
function barOf(layout: Layout, y: number, run: BarRun, index: number, fill: string): string {
  const { left, bar, toX } = layout;
  const iou = run.scores.perClass.find((entry) => entry.index === index)?.iou ?? Number.NaN;
  const interval = run.intervals?.get(index);
  const width = Number.isFinite(iou) ? toX(iou) - left : 0;
  const size = Math.max(9, Math.min(12, bar - 2));
  return [
    element('rect', { x: left, y: y + 0.5, width, height: bar - 1, rx: 2, fill, stroke: '#00000026' }),
    interval === undefined ? '' : whisker(y + bar / 2, interval, toX),
    text(
      toX(100) + VALUE_ROOM,
      y + bar / 2 + capMiddle(size),
      Number.isFinite(iou) ? iou.toFixed(1) : 'absent',
      {
        size,
        color: THEME.muted,
        anchor: 'end',
      },
    ),
  ].join('');
}

function meanLine({ top, height, toX }: Layout, mean: number, stroke: string): string {
  if (!Number.isFinite(mean)) return '';
  const x = toX(mean);
  return element('line', {
    x1: x,
    x2: x,
    y1: top - 6,
    y2: top + height,
    stroke,
    'stroke-width': 1.3,
    'stroke-dasharray': '4 4',
  });
}

/** Names and means of the runs in lines above the plot; also the height they take. */
function runKeys(runs: readonly BarRun[], left: number, top: number, width: number) {
  const labels = runs.map(({ name, scores }) => `${name}, mean ${scores.miou.toFixed(1)}`);
  const { places, rows } = placeKeys(labels, 17, width);
  const markup = places.map(({ x, row }, run) => {
    const [keyX, keyY] = [left + x, top + row * KEY_LINE];
    return (
      swatch(keyX, keyY, 11, runColor(run)) + text(keyX + 17, keyY + 10, labels[run]!, { size: KEY_SIZE })
    );
  });
  return { markup: markup.join(''), height: rows * KEY_LINE };
}

/**
 * IoU of each class as horizontal bars, in the classes' own colours for one run and in run colours for several, with
 * each run's mean as a dashed line.
 */
export function iouBarsFigure(
  runs: readonly BarRun[],
  classes: readonly ClassDefinition[],
  title = 'IoU by class',
  subtitle?: string,
): Figure {
  const [only] = runs.length === 1 ? runs : [];
  const indexes = new Set(runs.flatMap(({ scores }) => scores.perClass.map(({ index }) => index)));
  const shown = [...indexes].sort((one, other) => one - other);
  const bar = only === undefined ? Math.max(8, Math.min(13, 40 / runs.length)) : 18;
  const rowHeight = runs.length * bar + (only === undefined ? 16 : 12);
  const swatches = only === undefined ? 24 : 10;
  const head = heading(title, subtitle);
  const { bottom } = head;
  const left = MARGIN + Math.max(...shown.map((index) => textWidth(classes[index]!.name, 12.5))) + swatches;
  const keys = only === undefined ? runKeys(runs, left, bottom + 8, PLOT_WIDTH + VALUE_ROOM) : undefined;
  const toX = (percent: number) => left + (percent / 100) * PLOT_WIDTH;
  const top = bottom + (keys === undefined ? 26 : keys.height + 24);
  const layout: Layout = { left, top, rowHeight, height: shown.length * rowHeight, bar, toX };
  const body = [keys?.markup ?? '', grid(layout)];
  for (const [row, index] of shown.entries()) {
    const { name, color } = classes[index]!;
    const middle = top + (row + 0.5) * rowHeight;
    body.push(text(left - swatches + 2, middle + capMiddle(12.5), name, { size: 12.5, anchor: 'end' }));
    if (only === undefined) body.push(swatch(left - 16, middle - 5, 10, color));
    for (const [place, run] of runs.entries()) {
      const y = middle + (place - runs.length / 2) * bar;
      body.push(barOf(layout, y, run, index, only === undefined ? runColor(place) : color));
    }
  }
  for (const [place, { scores }] of runs.entries()) {
    body.push(meanLine(layout, scores.miou, only === undefined ? runColor(place) : THEME.ink));
  }
  if (only !== undefined && Number.isFinite(only.scores.miou)) {
    const label = { size: 12, weight: 600, anchor: 'middle' } as const;
    body.push(text(toX(only.scores.miou), top - 12, `mean ${only.scores.miou.toFixed(1)}`, label));
  }
  return figure(head, toX(100) + VALUE_ROOM + MARGIN, top + layout.height + 26 + MARGIN, body);
}
