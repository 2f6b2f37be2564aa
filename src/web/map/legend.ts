import type { ClassArea, ClassName } from '../api.ts';
import { bar, h, swatch } from '../dom.ts';
import { formatArea, formatNumber, formatPercent, words } from '../language.ts';

/** The table of classes with their areas; before areas are known, with their colours alone. */
export function legendTable(classes: readonly ClassName[], areas: readonly ClassArea[] | null): HTMLElement {
  const rows = classes.map(({ name, color }, i) => {
    const area = areas?.[i];
    const size =
      area === undefined
        ? ''
        : area.squareMetres === null
          ? `${formatNumber(area.pixels)} px`
          : formatArea(area.squareMetres);
    return h(
      'tr',
      { 'data-class': name, 'data-pixels': area?.pixels ?? '' },
      h('th', { scope: 'row' }, swatch(color), name),
      h('td', { title: area?.squareMetres == null ? '' : `${formatNumber(area.squareMetres, 1)} m²` }, size),
      h('td', {}, area === undefined ? '' : formatPercent(area.share)),
      h('td', { class: 'wide' }, bar(area?.share ?? 0, color)),
    );
  });
  return h(
    'table',
    { class: 'legend' },
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('th', { class: 'titles', scope: 'col' }, words.class),
        h('th', { class: 'titles', scope: 'col' }, words.area),
        h('th', { class: 'titles', scope: 'col' }, words.share),
        h('td', {}),
      ),
    ),
    h('tbody', {}, ...rows),
  );
}
