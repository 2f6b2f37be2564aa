import {
  type ClassDefinition,
  formatHexColor,
  mixColors,
  type Rgb,
  readableTextColor,
} from '../../core/index.ts';
import type { ConfusionMatrix } from '../confusion-matrix.ts';
import { textWidth } from './font.ts';
import { capMiddle, element, type Figure, figure, heading, MARGIN, swatch, THEME, text } from './svg.ts';

/** One hue from paper to navy: order stays visible to colour-blind eyes and in grey prints. */
const SEQUENTIAL = ['#ffffff', '#d6e6f4', '#abcfe6', '#6badd7', '#3787c0', '#105ba4', '#08306b'] as const;
const EMPTY: Rgb = [238, 241, 244];

/** What to draw. */
export interface ConfusionFigureOptions {
  /** `rows`: shares of the truth, recall on the diagonal; `columns`: shares of the prediction, precision there. */
  readonly normalise: 'rows' | 'columns';
  readonly title?: string;
  readonly subtitle?: string;
  /** Also show classes that occur neither in truth nor in prediction. */
  readonly showAbsent?: boolean;
}

const WORDS = {
  rows: { title: 'Confusion matrix, rows sum to 100 %', diagonal: 'recall' },
  columns: { title: 'Confusion matrix, columns sum to 100 %', diagonal: 'precision' },
} as const;

const LABEL_SIZE = 12;
const SWATCH = 10;
const SHARE = { size: 11, color: THEME.muted } as const;

interface Layout {
  readonly shown: readonly ClassDefinition[];
  /** Side of a cell. */
  readonly cell: number;
  readonly left: number;
  readonly top: number;
  /** Side of the whole matrix. */
  readonly side: number;
  /** Column names stand upright because they fit over their columns. */
  readonly upright: boolean;
}

/** A share as short as can be read: `100` when full, `<0.1` for traces, nothing for nothing. */
function shareText(percent: number): string {
  if (percent === 0) return '';
  if (percent < 0.05) return '<0.1';
  return percent >= 99.95 ? '100' : percent.toFixed(1);
}

function cellMarkup(x: number, y: number, cell: number, share: number, onDiagonal: boolean): string {
  const color = Number.isNaN(share) ? EMPTY : mixColors(SEQUENTIAL, share / 100);
  const size = cell >= 68 ? 14 : cell >= 50 ? 12 : 11;
  const box = { x, y, width: cell, height: cell, fill: formatHexColor(color) };
  const label = Number.isNaN(share) ? (onDiagonal ? '–' : '') : shareText(share);
  const square = element('rect', { ...box, stroke: THEME.line, 'stroke-width': 0.5 });
  if (label === '') return square;
  return (
    square +
    text(x + cell / 2, y + cell / 2 + capMiddle(size), label, {
      size,
      anchor: 'middle',
      weight: onDiagonal ? 600 : 400,
      color: share < 0.5 ? THEME.muted : formatHexColor(readableTextColor(color)),
    })
  );
}

function rowLabels({ shown, cell, left, top }: Layout): string {
  return shown
    .map(({ name, color }, row) => {
      const middle = top + (row + 0.5) * cell;
      const end = left - 10 - SWATCH;
      return (
        text(end - 7, middle + capMiddle(LABEL_SIZE), name, { size: LABEL_SIZE, anchor: 'end' }) +
        swatch(end, middle - SWATCH / 2, SWATCH, color)
      );
    })
    .join('');
}

function columnLabels({ shown, cell, left, top, upright }: Layout): string {
  return shown
    .map(({ name, color }, column) => {
      const middle = left + (column + 0.5) * cell;
      if (!upright) {
        const label = text(middle + 3, top - 12 - SWATCH, name, { size: LABEL_SIZE, rotate: -45 });
        return swatch(middle - SWATCH / 2, top - 8 - SWATCH, SWATCH, color) + label;
      }
      const start = middle - (textWidth(name, LABEL_SIZE) + SWATCH + 6) / 2;
      return (
        swatch(start, top - 20, SWATCH, color) +
        text(start + SWATCH + 6, top - 11, name, { size: LABEL_SIZE })
      );
    })
    .join('');
}

function axisNames({ left, top, side }: Layout, nameTop: number): string {
  const style = { size: 13, weight: 600, anchor: 'middle', color: THEME.muted } as const;
  return (
    text(left + side / 2, nameTop, 'Prediction', style) +
    text(MARGIN + 10, top + side / 2, 'Truth', { ...style, rotate: -90 })
  );
}

/** Each class's share of all pixels: beside its row, or under its column. */
function margins({ shown, cell, left, top, side }: Layout, totals: Float64Array, byRows: boolean): string {
  const all = totals.reduce((sum, pixels) => sum + pixels, 0);
  const labels = shown.map(({ index }, place) => {
    const share = `${((100 * totals[index]!) / all || 0).toFixed(1)} %`;
    const along = (place + 0.5) * cell;
    return byRows
      ? text(left + side + 52, top + along + capMiddle(11), share, { ...SHARE, anchor: 'end' })
      : text(left + along, top + side + 18, share, { ...SHARE, size: 10.5, anchor: 'middle' });
  });
  const name = byRows
    ? text(left + side + 52, top + side + 18, 'share of truth', { ...SHARE, anchor: 'end' })
    : text(left - 10, top + side + 18, 'share of prediction', { ...SHARE, anchor: 'end' });
  return [...labels, name].join('');
}

function scaleBar(x: number, y: number, height: number): string {
  const steps = 50;
  const bars = Array.from({ length: steps }, (_, step) => {
    const fill = formatHexColor(mixColors(SEQUENTIAL, 1 - (step + 0.5) / steps));
    return element('rect', {
      x,
      y: y + (height * step) / steps,
      width: 12,
      height: height / steps + 0.5,
      fill,
    });
  });
  const marks = [0, 50, 100].map((percent) =>
    text(x + 18, y + height * (1 - percent / 100) + capMiddle(11), `${percent} %`, SHARE),
  );
  return [
    ...bars,
    element('rect', { x, y, width: 12, height, fill: 'none', stroke: THEME.line }),
    ...marks,
  ].join('');
}

/**
 * The confusion matrix as a table of shares, darker for more: truth in rows, prediction in columns, class names with
 * their map colours, and how much of the pixels each class has. Legible from 2 to about 30 classes.
 */
export function confusionFigure(
  matrix: ConfusionMatrix,
  classes: readonly ClassDefinition[],
  options: ConfusionFigureOptions,
): Figure {
  const { normalise, showAbsent = false, title = WORDS[normalise].title } = options;
  const { subtitle = `Truth in rows, prediction in columns; diagonal: ${WORDS[normalise].diagonal}` } =
    options;
  const byRows = normalise === 'rows';
  const [truth, predicted] = [matrix.truthTotals(), matrix.predictionTotals()];
  const totals = byRows ? truth : predicted;
  const shown = classes.filter(({ index }) => showAbsent || truth[index]! + predicted[index]! > 0);
  const cell = shown.length <= 6 ? 68 : shown.length <= 13 ? 50 : 42;
  const labelRoom = Math.max(...shown.map(({ name }) => textWidth(name, LABEL_SIZE))) + SWATCH + 8;
  const upright = labelRoom <= cell - 6;
  const head = heading(title, subtitle);
  const { bottom } = head;
  const left =
    MARGIN + 36 + Math.max(labelRoom, byRows ? 0 : textWidth('share of prediction', SHARE.size) - 20);
  const top = bottom + 34 + (upright ? 24 : labelRoom * Math.SQRT1_2 + 16);
  const side = cell * shown.length;
  const layout: Layout = { shown, cell, left, top, side, upright };
  const cells = shown.flatMap(({ index: row }, y) =>
    shown.map(({ index: column }, x) => {
      const share = (100 * matrix.at(row, column)) / totals[byRows ? row : column]!;
      return cellMarkup(left + x * cell, top + y * cell, cell, share, x === y);
    }),
  );
  // Slanted names of the last columns lean over the right edge.
  const overhang = upright ? 0 : labelRoom * Math.SQRT1_2 - cell / 2;
  const barLeft = left + side + (byRows ? 80 : 24);
  const width = Math.max(barLeft + 56, left + side + overhang) + MARGIN;
  return figure(head, width, top + side + 24 + MARGIN, [
    axisNames(layout, bottom + 20),
    rowLabels(layout),
    columnLabels(layout),
    ...cells,
    element('rect', { x: left, y: top, width: side, height: side, fill: 'none', stroke: THEME.line }),
    margins(layout, totals, byRows),
    scaleBar(barLeft, top, Math.min(side, 260)),
  ]);
}
