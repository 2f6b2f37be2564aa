import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Random } from '../../src/core/index.ts';
import { type Core, ignSlices, mapRaster, type Predictor, type Tile } from '../../src/inference/index.ts';
import { createGeoTiff, openRaster, pixelBlock } from '../../src/raster/index.ts';
import { temporaryFolder } from '../raster/fixtures.ts';

const folder = temporaryFolder();
const [WIDTH, HEIGHT, BANDS, CLASSES] = [150, 90, 2, 3];
const [TILE, MARGIN] = [64, 16];

const image = new Uint8Array(BANDS * WIDTH * HEIGHT);
const random = new Random(4);
for (let i = 0; i < image.length; i++) image[i] = 1 + random.below(255);

/** Probabilities that depend on the pixel, on its neighbours to the left and on its place in the tile. */
function probabilitiesAt(pixels: ArrayLike<number>, size: number, x: number, y: number): number[] {
  const left = x === 0 ? 0 : pixels[y * size + x - 1]!;
  const scores = [pixels[y * size + x]!, left, pixels[(size + y) * size + x]! + (x % 7)];
  const total = scores.reduce((sum, score) => sum + score, 1e-3);
  return scores.map((score) => Math.fround(score / total));
}

const bestOf = (probabilities: readonly number[]) => probabilities.indexOf(Math.max(...probabilities));

const predictor = {
  ...{ channels: BANDS, classes: CLASSES, divisor: 1, engine: 'test', fingerprint: 'test' },
  async predict(tiles: readonly Tile[], kind: string, cores: readonly Core[]) {
    return tiles.map(({ pixels, width }, i) => {
      const { x, y, width: w, height: h } = cores[i]!;
      const plane = w * h;
      const classes = new Uint8Array(plane);
      const probabilities = new Float32Array(CLASSES * plane);
      for (let pixel = 0; pixel < plane; pixel++) {
        const found = probabilitiesAt(pixels, width, x + (pixel % w), y + Math.floor(pixel / w));
        classes[pixel] = bestOf(found);
        for (const [band, value] of found.entries()) probabilities[band * plane + pixel] = value;
      }
      return kind === 'classes' ? classes : probabilities;
    });
  },
  dispose() {},
} as unknown as Predictor;

/** IGN's loop, window after window, later ones writing over earlier ones. */
function naiveMap(): { classes: Uint8Array; bytes: Uint8Array } {
  const classes = new Uint8Array(WIDTH * HEIGHT);
  const bytes = new Uint8Array(CLASSES * WIDTH * HEIGHT);
  for (const { window, core } of ignSlices({ width: WIDTH, height: HEIGHT }, TILE, MARGIN)) {
    const tile = new Uint8Array(BANDS * TILE * TILE);
    for (let band = 0; band < BANDS; band++) {
      for (let row = 0; row < TILE; row++) {
        for (let column = 0; column < TILE; column++) {
          const [x, y] = [window.x + column, window.y + row];
          if (x < 0 || y < 0 || x >= WIDTH || y >= HEIGHT) continue;
          tile[(band * TILE + row) * TILE + column] = image[(band * HEIGHT + y) * WIDTH + x]!;
        }
      }
    }
    for (let y = core.y; y < core.y + core.height; y++) {
      for (let x = core.x; x < core.x + core.width; x++) {
        const found = probabilitiesAt(tile, TILE, x - window.x, y - window.y);
        classes[y * WIDTH + x] = bestOf(found);
        for (const [band, value] of found.entries()) {
          bytes[(band * HEIGHT + y) * WIDTH + x] = Math.floor(Math.fround(255 * value));
        }
      }
    }
  }
  return { classes, bytes };
}

test('compat: ign gives the pixels of IGN’s loop', async () => {
  const input = join(folder, 'input.tif');
  const grid = { width: WIDTH, height: HEIGHT, crs: 'EPSG:2154' };
  const writer = await createGeoTiff(input, {
    ...grid,
    ...{ geoTransform: [650000, 0.2, 0, 6860000, 0, -0.2], bands: BANDS, dataType: 'uint8', noData: 7 },
  });
  await writer.write(pixelBlock(image, BANDS, HEIGHT, WIDTH), 0, 0);
  await writer.close();
  const expected = naiveMap();
  for (const kind of ['classes', 'probabilities'] as const) {
    const output = join(folder, `${kind}.tif`);
    await mapRaster({
      ...{ input, output, predictor, kind, compat: 'ign', tile: TILE, margin: MARGIN, batchSize: 3 },
      channels: [1, 2],
      classes: ['a', 'b', 'c'].map((name, value) => ({ value, name, color: '#000000' })),
    });
    await using map = await openRaster(output);
    const { data } = await map.read();
    const wanted = kind === 'classes' ? expected.classes : expected.bytes;
    expect(Buffer.from(data.buffer, data.byteOffset, data.byteLength).equals(Buffer.from(wanted)), kind).toBe(
      true,
    );
    expect(map.noData).toBe(7);
    expect(map.colorTable).toBeNull();
    expect(map.blockSize).toEqual({ width: TILE, height: TILE });
  }
});
