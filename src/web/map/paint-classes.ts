import { parseHexColor } from '../../core/palette.ts';
import type { ClassName } from '../api.ts';

const TILE = 256;

/** A tile of classes in their colours; values without a class are transparent. @param cells `[256, 256]` */
export function paintClasses(cells: Uint8Array, classes: readonly ClassName[]): HTMLCanvasElement {
  const colors = classes.map(({ color }) => parseHexColor(color));
  const canvas = document.createElement('canvas');
  canvas.width = TILE;
  canvas.height = TILE;
  const context = canvas.getContext('2d')!;
  const picture = context.createImageData(TILE, TILE);
  for (const [i, value] of cells.entries()) {
    const color = colors[value];
    if (color !== undefined) picture.data.set([...color, 255], 4 * i);
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}
