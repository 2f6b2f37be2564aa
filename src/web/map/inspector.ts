import type { ClassName, Inspection } from '../api.ts';
import { bar, h, swatch } from '../dom.ts';
import { formatNumber, formatPercent, words } from '../language.ts';

/** What one pixel is: its values, and how probable each class is, the most probable first. */
export function inspectorPanel(
  found: Inspection | null,
  classes: readonly ClassName[],
  place = '',
): HTMLElement {
  if (found === null) return h('p', { class: 'hint' }, words.inspectHint);
  const [model] = found.models;
  const ranked = (model?.probabilities ?? [])
    .map((probability, i) => ({ probability, ...(classes[i] ?? { name: String(i), color: '#888' }) }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, 8);
  return h(
    'div',
    { class: 'inspector' },
    h('p', { class: 'hint' }, `${words.column} ${found.column}, ${words.row} ${found.row}`),
    place === '' ? null : h('p', { class: 'hint' }, place),
    h(
      'p',
      { class: 'hint' },
      `${words.values}: ${found.values.map((value) => formatNumber(value, 3)).join(', ')}`,
    ),
    h(
      'ol',
      {},
      ...ranked.map(({ name, color, probability }) =>
        h(
          'li',
          {},
          swatch(color),
          h('span', { class: 'name' }, name),
          bar(probability, color),
          h('span', { class: 'number' }, formatPercent(probability)),
        ),
      ),
    ),
  );
}
