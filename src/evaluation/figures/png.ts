import { extname } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { InvalidArgumentError } from '../../core/index.ts';
import { type OutputOptions, writeOutput } from '../output-files.ts';
import { FONT_FAMILY, fontFiles } from './font.ts';
import type { Figure } from './svg.ts';

/** Draws a figure as PNG bytes; `scale` 2 doubles the pixels both ways, for sharp text. */
export function renderPng({ svg, width }: Figure, scale = 2): Uint8Array {
  const drawing = new Resvg(svg, {
    fitTo: { mode: 'width', value: Math.round(width * scale) },
    font: { loadSystemFonts: false, fontFiles: fontFiles(), defaultFontFamily: FONT_FAMILY },
  });
  return drawing.render().asPng();
}

/**
 * Writes a figure as `.svg` or `.png`, whichever the path ends in.
 * @throws {InvalidArgumentError} for another ending; {@link OutputExistsError} unless `overwrite`.
 */
export async function writeFigure(path: string, figure: Figure, options: OutputOptions = {}): Promise<void> {
  const kind = extname(path).toLowerCase();
  if (kind !== '.svg' && kind !== '.png') {
    throw new InvalidArgumentError(`a figure cannot be written as "${kind}"`, {
      file: path,
      remedy: 'end the name in .svg or .png',
    });
  }
  await writeOutput(path, kind === '.svg' ? figure.svg : renderPng(figure), options);
}
