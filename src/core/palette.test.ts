import { describe, expect, it } from 'vitest';
import {
  colorDifference,
  colorTable,
  contrastRatio,
  distinctPalette,
  formatHexColor,
  InvalidColorError,
  mixColors,
  parseHexColor,
  readableTextColor,
  relativeLuminance,
} from './index.ts';

describe('colours', () => {
  it('reads and writes hex', () => {
    expect(parseHexColor('#db0e9a')).toEqual([219, 14, 154]);
    expect(parseHexColor('0FA')).toEqual([0, 255, 170]);
    expect(formatHexColor([219, 14, 154])).toBe('#db0e9a');
    expect(formatHexColor([-3, 127.6, 300])).toBe('#0080ff');
    for (const text of ['', '#12', 'red', '#12345g', '#1234567']) {
      expect(() => parseHexColor(text)).toThrow(InvalidColorError);
    }
  });

  it('measures contrast as WCAG does', () => {
    expect(relativeLuminance([255, 255, 255])).toBeCloseTo(1, 12);
    expect(contrastRatio([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 10);
    expect(contrastRatio([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2);
    expect(formatHexColor(readableTextColor([255, 243, 13]))).toBe('#1b1f24');
    expect(formatHexColor(readableTextColor([21, 83, 174]))).toBe('#ffffff');
  });

  it('keeps text readable on any grey', () => {
    for (let grey = 0; grey < 256; grey++) {
      expect(contrastRatio(readableTextColor([grey, grey, grey]), [grey, grey, grey])).toBeGreaterThan(4);
    }
  });

  it('mixes through the stops', () => {
    expect(formatHexColor(mixColors(['#ffffff', '#1553ae'], 0))).toBe('#ffffff');
    expect(formatHexColor(mixColors(['#ffffff', '#1553ae'], 1))).toBe('#1553ae');
    expect(formatHexColor(mixColors(['#000000', '#46e483', '#ffffff'], 0.5))).toBe('#46e483');
  });

  it('generates palettes that differ, begin alike and stay clear of colours in use', () => {
    const twenty = distinctPalette(20);
    expect(distinctPalette(5)).toEqual(twenty.slice(0, 5));
    for (const [i, one] of twenty.entries()) {
      for (const other of twenty.slice(i + 1)) {
        expect(colorDifference(parseHexColor(one), parseHexColor(other))).toBeGreaterThan(0.06);
      }
    }
    expect(new Set(distinctPalette(256)).size).toBe(256);
    const [away] = distinctPalette(1, [twenty[0]!]);
    expect(colorDifference(parseHexColor(away!), parseHexColor(twenty[0]!))).toBeGreaterThan(0.2);
  });

  it('lays colours out as a byte table', () => {
    const table = colorTable(['#ff0000', '#00ff00'], [9, 9, 9]);
    expect([...table.subarray(0, 9)]).toEqual([255, 0, 0, 0, 255, 0, 9, 9, 9]);
    expect(table).toHaveLength(768);
  });
});
