/// <reference lib="dom" />
import type { Page } from 'playwright-core';

/** What lies over the image, colours as numbers, 0 where nothing does. */
export interface OverlayPicture {
  readonly width: number;
  readonly values: readonly number[];
}

/** Reads all layers over the image as they are drawn. */
export function overlayPixels(page: Page): Promise<OverlayPicture> {
  return page.evaluate(() => {
    const layers = [...document.querySelectorAll<HTMLCanvasElement>('.overlay canvas')].filter(
      ({ width, height }) => width * height > 0,
    );
    const [first] = layers;
    if (first === undefined) return { width: 0, values: [] };
    const values = new Array<number>(first.width * first.height).fill(0);
    for (const layer of layers) {
      const { data } = layer.getContext('2d')!.getImageData(0, 0, layer.width, layer.height);
      for (let i = 0; i < values.length; i++) {
        if (data[4 * i + 3]! > 0)
          values[i] = 2 ** 24 + data[4 * i]! * 65536 + data[4 * i + 1]! * 256 + data[4 * i + 2]!;
      }
    }
    return { width: first.width, values };
  });
}

/** Elements that are broader than the page. */
export function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const rooms = [document.documentElement, ...document.querySelectorAll('.room:not([hidden])')];
    if (rooms.every(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
      .map(({ tagName, className }) => `${tagName} ${className}`);
  });
}

/** Texts whose contrast with what lies behind them is below 4.5, the least that WCAG 2 (AA) allows. */
export function faintTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
    const rgba = (color: string) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      return canvas.getImageData(0, 0, 1, 1).data;
    };
    const luminance = ([r, g, b]: ArrayLike<number> & Iterable<number>) => {
      const part = (value = 0) => (value <= 10.3 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
      return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const behind = (element: Element): ArrayLike<number> & Iterable<number> => {
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        const color = rgba(getComputedStyle(at).backgroundColor);
        if (color[3]! > 128) return color;
      }
      return [255, 255, 255];
    };
    const texts = [...document.querySelectorAll('body *')].filter(
      (element) =>
        element.checkVisibility() &&
        element.closest('.map, svg, .visually-hidden') === null &&
        [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent!.trim() !== ''),
    );
    return texts.flatMap((element) => {
      const [a, b] = [rgba(getComputedStyle(element).color), behind(element)].map(luminance) as [
        number,
        number,
      ];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      return contrast >= 4.5 ? [] : [`${contrast.toFixed(2)} ${element.tagName} ${element.textContent}`];
    });
  });
}
