import { h, svg } from '../dom.ts';
import { formatNumber, words } from '../language.ts';

/** A line of a chart; null where nothing was measured. */
export interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly dashed?: boolean;
  /** Number of its colour: the same value of two runs has the same. */
  readonly tone: number;
}

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [460, 230, 46, 26];
/** Distinguishable without seeing red or green (Okabe and Ito). */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7a7a00', '#777777'];

/** Curves over epochs, with a table of their last values for those who do not see them. */
export function chart(title: string, series: readonly Series[]): HTMLElement {
  const values = series.flatMap((each) => each.values.filter((value): value is number => value !== null));
  const epochs = Math.max(2, ...series.map((each) => each.values.length));
  const low = Math.min(0, ...values);
  const high = Math.max(low + 1e-6, ...values) * 1.04;
  const x = (i: number) => LEFT + (i / (epochs - 1)) * (WIDTH - LEFT - 12);
  const y = (value: number) => HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - BOTTOM - 10);
  const grid = Array.from({ length: 5 }, (_, i) => low + ((high - low) * i) / 4).flatMap((value) => [
    svg('line', { x1: LEFT, x2: WIDTH - 12, y1: y(value), y2: y(value), class: 'grid' }),
    svg(
      'text',
      { x: LEFT - 6, y: y(value) + 4, 'text-anchor': 'end' },
      formatNumber(value, high < 2 ? 2 : 1),
    ),
  ]);
  const lines = series.map((each) => {
    const path = each.values
      .map((value, at) => (value === null ? '' : `${x(at).toFixed(1)},${y(value).toFixed(1)}`))
      .filter(Boolean);
    return svg('polyline', {
      points: path.join(' '),
      fill: 'none',
      stroke: COLORS[each.tone % COLORS.length]!,
      'stroke-width': 2.2,
      ...(each.dashed ? { 'stroke-dasharray': '6 4' } : {}),
    });
  });
  const last = svg(
    'text',
    { x: WIDTH - 12, y: HEIGHT - 6, 'text-anchor': 'end' },
    `${words.epoch} ${epochs}`,
  );
  const picture = svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': title },
    ...grid,
    ...lines,
    last,
  );
  const keys = series.map((each) => {
    const mark = h('span', { class: each.dashed ? 'swatch dashed' : 'swatch' });
    mark.style.color = COLORS[each.tone % COLORS.length]!;
    const final = each.values.findLast((value) => value !== null);
    return h('li', {}, mark, each.name, h('b', {}, final == null ? '–' : formatNumber(final, 3)));
  });
  return h(
    'figure',
    { class: 'chart' },
    h('figcaption', {}, title),
    picture,
    h('ul', { class: 'keys' }, ...keys),
  );
}
