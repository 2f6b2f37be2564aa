import { expect, test } from 'vitest';
import { InvalidArgumentError, Random } from '../core/index.ts';
import {
  boundsWindow,
  cellSize,
  type GeoTransform,
  geoToPixel,
  invertGeoTransform,
  isRotated,
  isSouthUp,
  pixelToGeo,
  scaleGeoTransform,
  windowBounds,
  windowGeoTransform,
} from './geotransform.ts';
import { type Metres, metresToPixels, type Pixels, pixelsToMetres } from './units.ts';

const lambert: GeoTransform = [700000, 0.2, 0, 6600000, 0, -0.2];
const southUp: GeoTransform = [0, 1, 0, 0, 0, 1];
const rotated: GeoTransform = [100, 0.8, 0.6, 200, 0.6, -0.8];

test('cells become coordinates and back', () => {
  expect(pixelToGeo(lambert, 512, 256)).toEqual([700102.4, 6599948.8]);
  const random = new Random(1);
  for (const transform of [lambert, southUp, rotated]) {
    const [column, row] = [random.between(-1e4, 1e4), random.between(-1e4, 1e4)];
    const [x, y] = geoToPixel(transform, ...pixelToGeo(transform, column, row));
    expect(x).toBeCloseTo(column, 5);
    expect(y).toBeCloseTo(row, 5);
  }
  expect(() => invertGeoTransform([0, 1, 1, 0, 1, 1])).toThrow(InvalidArgumentError);
});

test('rotation, direction and cell size are seen', () => {
  expect([lambert, southUp, rotated].map(isRotated)).toEqual([false, false, true]);
  expect([lambert, southUp, rotated].map(isSouthUp)).toEqual([false, true, false]);
  expect(cellSize(rotated)).toEqual([1, 1]);
  expect(scaleGeoTransform(lambert, 2)).toEqual([700000, 0.4, 0, 6600000, 0, -0.4]);
});

test('bounds of a window give the window back, on long zones too', () => {
  const random = new Random(2);
  for (let turn = 0; turn < 500; turn++) {
    const window = {
      x: random.below(200000),
      y: random.below(200000),
      width: 1 + random.below(2000),
      height: 1 + random.below(2000),
    };
    for (const transform of [lambert, southUp]) {
      expect(boundsWindow(transform, windowBounds(transform, window))).toEqual(window);
    }
    const part = windowGeoTransform(lambert, window);
    expect(pixelToGeo(part, 3, 4)[0]).toBeCloseTo(pixelToGeo(lambert, window.x + 3, window.y + 4)[0], 6);
  }
  const around = windowBounds(rotated, { x: 0, y: 0, width: 10, height: 10 });
  expect(around).toEqual({ left: 100, bottom: 192, right: 114, top: 206 });
});

test('pixels and metres do not mix', () => {
  const margin: Metres = 25.6;
  const cells: Pixels = metresToPixels(margin, 0.2);
  expect(cells).toBeCloseTo(128);
  expect(pixelsToMetres(cells, 0.2)).toBeCloseTo(25.6);
  // @ts-expect-error metres are no pixels
  const wrong: Pixels = margin;
  expect(wrong).toBe(25.6);
});
