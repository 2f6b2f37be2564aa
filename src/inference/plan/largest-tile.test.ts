import { expect, test } from 'vitest';
import { FakePredictor } from '../../../test/map/support-plain.ts';
import { largestTile } from './largest-tile.ts';

const GB = 1e9;
const large = { width: 10_000, height: 10_000 };

/** Keeps nothing that libtorch knows of: 1024 bytes a pixel are reckoned, and 300 besides. */
const predictor = () => new FakePredictor();

test('the largest window takes two fifths of the memory, within what every network gets and what more would save', async () => {
  expect(await largestTile(predictor(), large, 8 * GB)).toBe(Math.floor(Math.sqrt((0.4 * 8 * GB) / 1324)));
  expect(await largestTile(predictor(), large, 64 * GB)).toBe(2304);
  expect(await largestTile(predictor(), large, 2 * GB)).toBe(1088);
});

test('networks are measured once, and not for rasters that are seen at once', async () => {
  const one = predictor();
  expect(await largestTile(one, { width: 900, height: 900 })).toBe(1088);
  expect(one.tiles).toBe(0);
  await largestTile(one, large);
  await largestTile(one, large);
  expect(one.tiles).toBe(1);
});
