import { formatHexColor, linearLight, parseHexColor, type Rgb } from './palette.ts';

/**
 * A colour in OKLab: lightness 0–1 and two opponent axes. Equal distances look about equally different.
 * Source: B. Ottosson, "A perceptual color space for image processing", 2020.
 */
type Oklab = readonly [lightness: number, greenRed: number, blueYellow: number];

function toOklab([red, green, blue]: Rgb): Oklab {
  const [r, g, b] = [linearLight(red), linearLight(green), linearLight(blue)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([lightness, a, b]: Oklab): { color: Rgb; inGamut: boolean } {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const inGamut = linear.every((part) => part >= -1e-4 && part <= 1 + 1e-4);
  const [red = 0, green = 0, blue = 0] = linear.map((part) => {
    const kept = Math.min(1, Math.max(0, part));
    return 255 * (kept <= 0.0031308 ? 12.92 * kept : 1.055 * kept ** (1 / 2.4) - 0.055);
  });
  return { color: [red, green, blue], inGamut };
}

/** How different two colours look: distance in OKLab, 0 to about 1. */
export function colorDifference(one: Rgb, other: Rgb): number {
  const [a, b] = [toOklab(one), toOklab(other)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/**
 * A colour along a scale of evenly spaced stops, mixed in OKLab so that steps look even.
 * @param stops two or more hex colours, from position 0 to position 1.
 * @param position is kept within 0–1.
 */
export function mixColors(stops: readonly string[], position: number): Rgb {
  const along = Math.min(1, Math.max(0, position)) * (stops.length - 1);
  const start = Math.min(Math.floor(along), stops.length - 2);
  const [from, to] = [toOklab(parseHexColor(stops[start]!)), toOklab(parseHexColor(stops[start + 1]!))];
  const part = along - start;
  const mixed = from.map((value, axis) => value + (to[axis]! - value) * part) as unknown as Oklab;
  return fromOklab(mixed).color;
}

function candidates(): { lab: Oklab; hex: string }[] {
  const found: { lab: Oklab; hex: string }[] = [];
  for (const lightness of [0.45, 0.58, 0.7, 0.82]) {
    for (const chroma of [0.08, 0.13, 0.18]) {
      for (let degrees = 0; degrees < 360; degrees += 10) {
        const angle = (degrees * Math.PI) / 180;
        const lab: Oklab = [lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)];
        const { color, inGamut } = fromOklab(lab);
        if (inGamut) found.push({ lab, hex: formatHexColor(color) });
      }
    }
  }
  return found;
}

/**
 * Distinct colours for classes that have none: each next one is as far as possible from all before it and from white
 * paper (greedy farthest point over a grid of hues, chromas and lightnesses in OKLab), so the first few differ the
 * most and the list for five classes begins the list for six.
 * @param count 1 to 256.
 * @param taken hex colours already in use, to keep away from.
 */
export function distinctPalette(count: number, taken: readonly string[] = []): string[] {
  const pool = candidates();
  const away = pool.map(() => Number.POSITIVE_INFINITY);
  const keepAwayFrom = (lab: Oklab) => {
    for (const [index, candidate] of pool.entries()) {
      // Lightness counts double: it is what remains for colour-blind eyes and grey prints.
      const steps = candidate.lab.map((value, axis) => (axis === 0 ? 2 : 1) * (value - lab[axis]!));
      away[index] = Math.min(away[index]!, Math.hypot(...steps));
    }
  };
  for (const color of ['#ffffff', ...taken]) keepAwayFrom(toOklab(parseHexColor(color)));
  return Array.from({ length: count }, () => {
    const chosen = pool[away.indexOf(Math.max(...away))]!;
    keepAwayFrom(chosen.lab);
    return chosen.hex;
  });
}
