import { type ClassDefinition, colorTable } from '../../core/index.ts';
import type { PixelBlock } from '../../raster/index.ts';
import { encodeColorPng, encodeIndexedPng } from '../../raster/writers/png.ts';
import { NO_CLASS } from '../class-coding.ts';
import { fitText } from './font.ts';
import { classLegend } from './legend.ts';
import { pickClasses, shrinkImage } from './picture.ts';
import { element, type Figure, figure, heading, MARGIN, THEME, text } from './svg.ts';

/** One row of panels: the same place as image, truth and prediction. */
export interface PanelRow {
  /** `[bands, height, width]`, red, green and blue first (one band is drawn grey). */
  readonly image: PixelBlock;
  /** Class indexes `[height × width]`; values without a class (255) are left white. */
  readonly truth?: Uint8Array;
  readonly prediction?: Uint8Array;
  readonly caption?: string;
}

/** What to draw. */
export interface PanelsOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** Side of a panel in the figure, in pixels (default 250). */
  readonly size?: number;
  /** Add a fourth panel that marks wrong pixels. */
  readonly errors?: boolean;
}

const GAP = 12;
const ERROR_COLORS = ['#e8edf2', '#c2185b', '#ffffff'] as const;
const [RIGHT, WRONG, UNKNOWN] = [0, 1, 2] as const;

function errorMap(truth: Uint8Array, prediction: Uint8Array): Uint8Array {
  return truth.map((expected, pixel) => {
    if (expected === NO_CLASS) return UNKNOWN;
    return expected === prediction[pixel] ? RIGHT : WRONG;
  });
}

const embed = (png: Buffer) => `data:image/png;base64,${png.toString('base64')}`;

/** Image | truth | prediction (| errors) in rows, with the legend of the classes that occur. */
export function panelsFigure(
  rows: readonly PanelRow[],
  classes: readonly ClassDefinition[],
  options: PanelsOptions = {},
): Figure {
  const { title = 'Image, truth, prediction', subtitle, size = 250, errors = false } = options;
  const head = heading(title, subtitle);
  const { bottom } = head;
  const palette = colorTable(classes.map(({ color }) => color));
  const errorPalette = colorTable(ERROR_COLORS);
  const headings = [
    'Image',
    ...(rows.some(({ truth }) => truth !== undefined) ? ['Truth'] : []),
    ...(rows.some(({ prediction }) => prediction !== undefined) ? ['Prediction'] : []),
    ...(errors ? ['Errors'] : []),
  ];
  const seen = new Set<number>();
  const body: string[] = [];
  for (const [column, name] of headings.entries()) {
    body.push(
      text(MARGIN + column * (size + GAP), bottom + 16, name, { size: 13, weight: 600, color: THEME.muted }),
    );
  }
  let y = bottom + 28;
  for (const { image, truth, prediction, caption } of rows) {
    const height = (size * image.height) / image.width;
    const step = Math.max(1, Math.floor(image.width / (2 * size)));
    const small = shrinkImage(image, step);
    const mapPng = (indexes: Uint8Array, colors: Uint8Array) =>
      encodeIndexedPng(
        small.width,
        small.height,
        pickClasses(indexes, image.width, image.height, step),
        colors,
      );
    const pictures: Readonly<Record<string, Buffer | undefined>> = {
      Image: encodeColorPng(small.width, small.height, small.pixels, 3),
      Truth: truth && mapPng(truth, palette),
      Prediction: prediction && mapPng(prediction, palette),
      Errors: truth && prediction && mapPng(errorMap(truth, prediction), errorPalette),
    };
    for (const indexes of [truth, prediction]) for (const index of indexes ?? []) seen.add(index);
    for (const [column, name] of headings.entries()) {
      const picture = pictures[name];
      if (picture === undefined) continue;
      const x = MARGIN + column * (size + GAP);
      const frame = { x, y, width: size, height };
      // Enlarged class maps keep their pixels' hard edges.
      const sharp = name !== 'Image' && image.width < 2 * size;
      body.push(
        element('image', {
          ...frame,
          href: embed(picture),
          'image-rendering': sharp ? 'optimizeSpeed' : undefined,
        }),
        element('rect', { ...frame, fill: 'none', stroke: '#00000026' }),
      );
    }
    y += height;
    if (caption !== undefined) {
      const room = headings.length * (size + GAP) - GAP;
      body.push(text(MARGIN, y + 17, fitText(caption, room, 11.5), { size: 11.5, color: THEME.muted }));
      y += 14;
    }
    y += GAP;
  }
  const width = headings.length * (size + GAP) - GAP;
  const present = classes.filter(({ index }) => seen.has(index));
  const keys = [
    ...present,
    ...(seen.has(NO_CLASS) ? [{ name: 'no label', color: ERROR_COLORS[UNKNOWN] }] : []),
    ...(errors ? [{ name: 'wrong', color: ERROR_COLORS[WRONG] }] : []),
  ];
  const legend = classLegend(keys, MARGIN, y + 2, width);
  return figure(head, width + 2 * MARGIN, legend.bottom + MARGIN - 8, [...body, legend.markup]);
}
