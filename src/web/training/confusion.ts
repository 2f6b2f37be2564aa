import type { Run } from '../api.ts';
import { h } from '../dom.ts';
import { formatNumber, formatPercent, words } from '../language.ts';

/** A confusion matrix as a table, each cell as dark as its share of the row. */
export function confusionTable(
  title: string,
  { size, counts, classes }: NonNullable<Run['confusion']>,
): HTMLElement {
  const names = Array.from({ length: size }, (_, i) => classes?.[i] ?? String(i));
  const rows = names.map((name, row) => {
    const line = counts.slice(row * size, (row + 1) * size);
    const total = line.reduce((sum, count) => sum + count, 0);
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      ...line.map((count, column) => {
        const share = total === 0 ? 0 : count / total;
        const cell = h(
          'td',
          { title: `${name} → ${names[column]}: ${formatNumber(count)}` },
          total === 0 ? '' : formatPercent(share),
        );
        cell.style.setProperty('--share', String(share));
        return cell;
      }),
    );
  });
  return h(
    'figure',
    { class: 'confusion' },
    h('figcaption', {}, title),
    h('p', { class: 'hint' }, words.confusionHint),
    h(
      'div',
      { class: 'scroll', tabIndex: 0 },
      h(
        'table',
        {},
        h('thead', {}, h('tr', {}, h('td', {}), ...names.map((name) => h('th', { scope: 'col' }, name)))),
        h('tbody', {}, ...rows),
      ),
    ),
  );
}
