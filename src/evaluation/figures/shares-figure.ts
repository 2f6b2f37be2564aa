import { type ClassDefinition, formatHexColor, parseHexColor, readableTextColor } from '../../core/index.ts';
import { fitText, textWidth } from './font.ts';
import { classLegend } from './legend.ts';
import { capMiddle, element, type Figure, figure, heading, MARGIN, text } from './svg.ts';

/** One bar: how many pixels each class has in one set. */
export interface ShareBar {
  readonly name: string;
  /** Pixels by class index. */
  readonly pixels: ArrayLike<number>;
}

const BAR_WIDTH = 680;
const BAR_HEIGHT = 34;
const BAR_STEP = 50;

/** Class shares of one or several sets (truth and prediction; train, validation, test) as stacked bars over a legend. */
export function sharesFigure(
  bars: readonly ShareBar[],
  classes: readonly ClassDefinition[],
  title = 'Class shares',
  subtitle?: string,
): Figure {
  const head = heading(title, subtitle);
  const { bottom } = head;
  const left = MARGIN + Math.max(...bars.map(({ name }) => textWidth(name, 12.5))) + 14;
  const body: string[] = [];
  for (const [row, { name, pixels }] of bars.entries()) {
    const y = bottom + 6 + row * BAR_STEP;
    const total = Array.from(pixels).reduce((sum, count) => sum + count, 0);
    body.push(text(left - 14, y + BAR_HEIGHT / 2 + capMiddle(12.5), name, { size: 12.5, anchor: 'end' }));
    let x = left;
    for (const { index, color } of classes) {
      const share = total === 0 ? 0 : (pixels[index] ?? 0) / total;
      if (share === 0) continue;
      const width = share * BAR_WIDTH;
      const label = `${(100 * share).toFixed(1)} %`;
      body.push(
        element('rect', {
          x,
          y,
          width,
          height: BAR_HEIGHT,
          fill: color,
          stroke: '#ffffff',
          'stroke-width': 1,
        }),
      );
      if (fitText(label, width - 8, 11) === label) {
        const ink = formatHexColor(readableTextColor(parseHexColor(color)));
        body.push(
          text(x + width / 2, y + BAR_HEIGHT / 2 + capMiddle(11), label, {
            size: 11,
            anchor: 'middle',
            color: ink,
          }),
        );
      }
      x += width;
    }
    body.push(
      element('rect', {
        x: left,
        y,
        width: BAR_WIDTH,
        height: BAR_HEIGHT,
        fill: 'none',
        stroke: '#00000026',
      }),
    );
  }
  const present = classes.filter(({ index }) => bars.some(({ pixels }) => (pixels[index] ?? 0) > 0));
  const legend = classLegend(present, left, bottom + 6 + bars.length * BAR_STEP + 4, BAR_WIDTH);
  return figure(head, left + BAR_WIDTH + MARGIN, legend.bottom + MARGIN, [...body, legend.markup]);
}
