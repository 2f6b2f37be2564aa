import { expect, test } from 'vitest';
import { ignSlices, ignTileGrid } from './ign-slices.ts';

/** Starts of the kept parts from the lower left, one axis at a time. */
function starts(width: number, height: number, tile: number, margin: number) {
  const slices = ignSlices({ width, height }, tile, margin);
  const distinct = (values: number[]) => [...new Set(values)];
  return {
    count: slices.length,
    x: distinct(slices.map(({ core }) => core.x)),
    y: distinct(slices.map(({ core }) => height - core.y - core.height)),
  };
}

test('windows start where IGN’s do', () => {
  expect(starts(1000, 1000, 512, 128)).toEqual({ count: 16, x: [0, 256, 512, 744], y: [0, 256, 512, 744] });
  expect(starts(600, 400, 512, 128)).toEqual({ count: 6, x: [0, 256, 344], y: [0, 144] });
  expect(starts(512, 512, 512, 128).count).toBe(4);
  expect(starts(512, 512, 512, 0).count).toBe(1);
  expect(starts(513, 513, 512, 0).count).toBe(4);
  expect(starts(200, 200, 512, 128)).toEqual({ count: 1, x: [-56], y: [-56] });
});

test('slices go up each column and carry IGN’s names', () => {
  const slices = ignSlices({ width: 600, height: 400 }, 512, 128);
  expect(slices[0]).toEqual({
    window: { x: -128, y: 16, width: 512, height: 512 },
    core: { x: 0, y: 144, width: 256, height: 256 },
    id: '1--127--127',
  });
  expect(slices.map(({ id }) => id).slice(0, 3)).toEqual(['1--127--127', '1--127-17', '1-129--127']);
});

test('the grid gives each pixel to the slice that IGN writes last', () => {
  for (const [width, height, tile, margin] of [
    [100, 70, 32, 8],
    [64, 64, 32, 0],
    [33, 90, 32, 8],
    [10, 12, 32, 8],
  ] as const) {
    const owner = new Map<number, string>();
    for (const { window, core } of ignSlices({ width, height }, tile, margin)) {
      for (let y = Math.max(0, core.y); y < Math.min(height, core.y + core.height); y++) {
        for (let x = Math.max(0, core.x); x < Math.min(width, core.x + core.width); x++) {
          owner.set(y * width + x, `${window.x},${window.y}`);
        }
      }
    }
    const grid = ignTileGrid({ width, height }, tile, margin);
    const found = new Map<number, string>();
    for (let row = 0; row < grid.rows; row++) {
      for (const { window, core } of grid.rowTiles(row)) {
        for (let y = core.y; y < core.y + core.height; y++) {
          for (let x = core.x; x < core.x + core.width; x++) {
            expect(found.has(y * width + x), `${x},${y} twice`).toBe(false);
            found.set(y * width + x, `${window.x},${window.y}`);
          }
        }
      }
    }
    expect(found).toEqual(owner);
  }
});
