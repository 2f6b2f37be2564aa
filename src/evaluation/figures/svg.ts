import { FONT_FAMILY, type FontWeight, fontFaces, textWidth } from './font.ts';

/** Colours of everything in a figure that is not data. */
export const THEME = {
  paper: '#ffffff',
  ink: '#1b1f24',
  muted: '#59636e',
  line: '#c9d1d9',
  faint: '#eef1f4',
} as const;

/** A drawing: an SVG document and its size in pixels. */
export interface Figure {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

/** Attribute values of an element; `undefined` leaves the attribute out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

const escapeText = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const shortNumber = (value: number) => String(Math.round(value * 100) / 100);

/** An SVG element; `children` is finished markup. */
export function element(name: string, attributes: Attributes, children = ''): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === 'number' ? shortNumber(value) : escapeText(String(value))}"`,
    )
    .join('');
  return children === '' ? `<${name}${written}/>` : `<${name}${written}>${children}</${name}>`;
}

/** How a line of text is set. */
export interface TextStyle {
  readonly size?: number;
  readonly weight?: FontWeight;
  readonly color?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  /** Degrees clockwise about the text's point. */
  readonly rotate?: number;
}

/** A line of text whose baseline starts (or is centred, or ends) at a point. */
export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = 12, weight = 400, color = THEME.ink, anchor = 'start', rotate } = style;
  return element(
    'text',
    {
      x,
      y,
      'font-size': size,
      'font-weight': weight === 400 ? undefined : weight,
      fill: color,
      'text-anchor': anchor === 'start' ? undefined : anchor,
      transform: rotate === undefined ? undefined : `rotate(${rotate} ${shortNumber(x)} ${shortNumber(y)})`,
    },
    escapeText(content),
  );
}

/** Space that centres a line of text on a height: half the height of its capitals. */
export const capMiddle = (size: number) => 0.365 * size;

/** A small square in a class's colour, outlined so that white shows on white. */
export function swatch(x: number, y: number, size: number, color: string): string {
  return element('rect', { x, y, width: size, height: size, rx: 2, fill: color, stroke: '#00000033' });
}

/** Outer margin of every figure, in pixels. */
export const MARGIN = 28;

/** Title and subtitle at the top left. */
export interface Heading {
  readonly title: string;
  readonly markup: string;
  /** Where the figure's content may begin below. */
  readonly bottom: number;
  /** Width of a figure that has room for it. */
  readonly width: number;
}

const TITLE_SIZE = 18;
const SUBTITLE_SIZE = 12.5;

/** Sets a title, and a line under it when there is more to say. */
export function heading(title: string, subtitle?: string): Heading {
  const head = text(MARGIN, MARGIN + 14, title, { size: TITLE_SIZE, weight: 600 });
  const titleWidth = textWidth(title, TITLE_SIZE, 600);
  if (subtitle === undefined)
    return { title, markup: head, bottom: MARGIN + 32, width: titleWidth + 2 * MARGIN };
  const line = text(MARGIN, MARGIN + 36, subtitle, { size: SUBTITLE_SIZE, color: THEME.muted });
  const width = Math.max(titleWidth, textWidth(subtitle, SUBTITLE_SIZE)) + 2 * MARGIN;
  return { title, markup: head + line, bottom: MARGIN + 52, width };
}

/** A complete SVG document on white paper, fonts inside, widened where its heading needs that. */
export function figure(head: Heading, width: number, height: number, body: readonly string[]): Figure {
  const [w, h] = [Math.ceil(Math.max(width, head.width)), Math.ceil(height)];
  const svg = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width: w,
      height: h,
      viewBox: `0 0 ${w} ${h}`,
      'font-family': `${FONT_FAMILY}, sans-serif`,
      role: 'img',
    },
    [
      element('title', {}, escapeText(head.title)),
      element('style', {}, fontFaces()),
      element('rect', { width: w, height: h, fill: THEME.paper }),
      head.markup,
      ...body,
    ].join('\n'),
  );
  return { svg, width: w, height: h };
}
