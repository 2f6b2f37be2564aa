import type { ClassDefinition } from '../../core/index.ts';
import { textWidth } from './font.ts';
import { capMiddle, swatch, text } from './svg.ts';

const SIZE = 12;
const SWATCH = 12;
const LINE = 24;
const GAP = 22;

/** Class colours and names in aligned columns, as many as fit the width; also where the legend ends. */
export function classLegend(
  classes: readonly Pick<ClassDefinition, 'name' | 'color'>[],
  left: number,
  top: number,
  width: number,
): { readonly markup: string; readonly bottom: number } {
  const column = Math.max(0, ...classes.map(({ name }) => textWidth(name, SIZE))) + SWATCH + 8 + GAP;
  const columns = Math.max(1, Math.min(classes.length, Math.floor((width + GAP) / column)));
  const rows = Math.ceil(classes.length / columns);
  const entries = classes.map(({ name, color }, place) => {
    const x = left + (place % columns) * column;
    const middle = top + (Math.floor(place / columns) + 0.5) * LINE;
    return (
      swatch(x, middle - SWATCH / 2, SWATCH, color) +
      text(x + SWATCH + 8, middle + capMiddle(SIZE), name, { size: SIZE })
    );
  });
  return { markup: entries.join(''), bottom: top + rows * LINE };
}
