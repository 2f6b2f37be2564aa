import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { createGeoTiff, openRaster, pixelBlock } from '../../raster/index.ts';
import { checkFlairSubmission } from '../submission/check-flair.ts';
import { writeFlairSubmission } from '../submission/write-flair.ts';
import { cutTiles, joinTileMasks } from './tile-rasters.ts';

it('cuts a raster with its place on the ground and puts it back; FLAIR’s form is checked', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tiles-'));
  try {
    const [width, height] = [50, 40];
    const path = join(folder, 'PRED_1.tif');
    const cells = Uint8Array.from({ length: width * height }, (_, i) => (i * 7) % 13);
    const geoTransform = [1000, 0.2, 0, 2000, 0, -0.2] as const;
    const writer = await createGeoTiff(path, { width, height, crs: null, geoTransform, dataType: 'uint8' });
    await writer.write(pixelBlock(cells, 1, height, width), 0, 0);
    await writer.close();
    const options = { tile: 16, stride: 12 };
    const tiles = await cutTiles(path, join(folder, 'tiles'), 'one', options);
    expect(tiles.map((tile) => basename(tile))).toHaveLength(12);
    await using second = await openRaster(tiles[1]!);
    expect(second.geoTransform![0]).toBeCloseTo(1000 + 0.2 * 11, 9);
    const joined = join(folder, 'joined.tif');
    await joinTileMasks(path, joined, 'one', (name) => join(folder, 'tiles', name), options);
    await using back = await openRaster(joined);
    expect(Buffer.compare((await back.read()).data as Uint8Array, cells)).toBe(0);

    const faults = await checkFlairSubmission(folder, { names: ['PRED_1.tif', 'PRED_2.tif'], classes: 12 });
    expect(faults.map(({ id, problem }) => `${id} ${problem}`)).toEqual([
      'PRED_1.tif is 50 × 40 pixels, not 512 × 512',
      'PRED_1.tif holds 12, beyond 11',
      'PRED_2.tif is missing',
    ]);
    // A folder that is named as the challenges want it already.
    const ours = { names: ['PRED_IMG_1.tif'], size: 50, classes: 13 };
    expect((await checkFlairSubmission(folder, ours)).map(({ problem }) => problem)).toEqual([
      'is 50 × 40 pixels, not 50 × 50',
    ]);
    await writeFlairSubmission(join(folder, 'sent'), { names: ours.names, from: folder });
    expect(await readdir(join(folder, 'sent'))).toEqual(['PRED_1.tif']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
