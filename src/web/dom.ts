type Child = Node | string | null | undefined | false;
type Properties = Readonly<Record<string, unknown>>;

/**
 * Makes an element. Properties that start with `on` are listeners, `class`, `aria-…`, `data-…` and the like are attributes,
 * the rest are the element's own properties. Text is always text, never markup.
 */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value as EventListener);
    else if (key in element && !key.startsWith('aria')) Object.assign(element, { [key]: value });
    else element.setAttribute(key === 'class' ? 'class' : key, String(value));
  }
  element.append(...children.filter((child): child is Node | string => Boolean(child) || child === ''));
  return element;
}

/** Makes an SVG element. */
export function svg(name: string, attributes: Properties = {}, ...children: (Node | string)[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** A square in a class's colour. */
export function swatch(color: string): HTMLElement {
  const square = h('span', { class: 'swatch', 'aria-hidden': 'true' });
  square.style.backgroundColor = color;
  return square;
}

/** A bar filled to a share from 0 to 1. */
export function bar(share: number, color?: string): HTMLElement {
  const fill = h('span', { class: 'fill' });
  fill.style.inlineSize = `${Math.max(0, Math.min(1, share)) * 100}%`;
  if (color !== undefined) fill.style.backgroundColor = color;
  return h('span', { class: 'bar', 'aria-hidden': 'true' }, fill);
}
