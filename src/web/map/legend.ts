import type { ClassArea, ClassName } from '../api.ts';
import { bar, h, swatch } from '../dom.ts';
import { formatFixed, formatNumber, formatShare, words } from '../language.ts';

const SQUARE_METRES_A_HECTARE = 10_000;

/** Pixels of an image without a place on the ground, square metres and hectares of any other. */
function sizes(area: ClassArea | undefined, onGround: boolean): string[] {
  if (area === undefined) return onGround ? ['', ''] : [''];
  if (!onGround || area.squareMetres === null) return [formatNumber(area.pixels)];
  const hectares = area.squareMetres / SQUARE_METRES_A_HECTARE;
  return [formatNumber(area.squareMetres), formatFixed(hectares, 2)];
}

/** The table of classes with their areas; before areas are known, with their colours alone. */
export function legendTable(classes: readonly ClassName[], areas: readonly ClassArea[] | null): HTMLElement {
  const onGround = areas?.some(({ squareMetres }) => squareMetres !== null) ?? false;
  const units = onGround ? ['m²', 'ha', '%'] : [words.pixels, '%'];
  const rows = classes.map(({ name, color }, i) => {
    const area = areas?.[i];
    const numbers = [...sizes(area, onGround), area === undefined ? '' : formatShare(area.share)];
    return h(
      'tr',
      { 'data-class': name, 'data-pixels': area?.pixels ?? '' },
      h(
        'th',
        { scope: 'row' },
        h('span', { class: 'key' }, swatch(color), name),
        bar(area?.share ?? 0, color),
      ),
      ...numbers.map((text) => h('td', {}, text)),
    );
  });
  return h(
    'table',
    { class: 'legend' },
    h(
      'thead',
      {},
      h('tr', {}, ...[words.class, ...units].map((text) => h('th', { class: 'titles', scope: 'col' }, text))),
    ),
    h('tbody', {}, ...rows),
  );
}
