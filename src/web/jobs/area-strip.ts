import type { ClassArea } from '../api.ts';
import { h, swatch } from '../dom.ts';
import { formatArea, formatPercent } from '../language.ts';

const UNKNOWN = '#888888';

/** The classes of a map as a strip of their colours, each as wide as its share, with their areas below. */
export function areaStrip(areas: readonly ClassArea[], colors: ReadonlyMap<string, string>): HTMLElement {
  const parts = areas.map(({ name, share }) => {
    const part = h('span', { title: name });
    part.style.flexGrow = String(share);
    part.style.backgroundColor = colors.get(name) ?? UNKNOWN;
    return part;
  });
  const largest = [...areas].sort((a, b) => b.share - a.share);
  return h(
    'div',
    {},
    h('div', { class: 'strip', 'aria-hidden': 'true' }, ...parts),
    h(
      'ul',
      { class: 'keys' },
      ...largest.map(({ name, squareMetres, share }) =>
        h(
          'li',
          {},
          swatch(colors.get(name) ?? UNKNOWN),
          `${name} ${squareMetres === null ? '' : `${formatArea(squareMetres)} · `}${formatPercent(share)}`,
        ),
      ),
    ),
  );
}
