import { expect, test } from 'vitest';
import { mapLayout, placeCount } from '../map/layout.ts';
import { chooseTile } from './choose-tile.ts';

const square = (side: number) => ({ width: side, height: side });

test('a small raster is seen at once, a large one with little seen twice', () => {
  const options = { margin: 128 };
  const small = chooseTile(square(500), options, 32, 2304);
  expect(placeCount(mapLayout(square(500), { ...options, tile: small }, 32))).toBe(1);
  expect(small).toBeLessThan(700);
  for (const side of [2048, 4096, 10_000]) {
    const tile = chooseTile(square(side), options, 32, 2304);
    const seen = placeCount(mapLayout(square(side), { ...options, tile }, 32)) * tile ** 2;
    expect(seen / side ** 2).toBeLessThan(1.6);
    for (const other of [512, 1088, 1664]) {
      const work = placeCount(mapLayout(square(side), { ...options, tile: other }, 32)) * other ** 2;
      expect(work).toBeGreaterThanOrEqual(seen);
    }
  }
});

test('what the network needs is kept to, and shifted windows are the seeds’', () => {
  expect(chooseTile(square(3000), { margin: 100 }, 48, 2304) % 48).toBe(0);
  expect(chooseTile(square(3000), { margin: 0, shifts: 4 }, 32, 2304)).toBe(512);
});

test('no side is larger than memory allows', () => {
  for (const largest of [1088, 1500, 2304])
    expect(chooseTile(square(10_000), { margin: 192 }, 32, largest)).toBeLessThanOrEqual(largest);
});
