import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createGeoTiff, openRaster, pixelBlock } from '../../src/raster/index.ts';
import { temporaryFolder } from './fixtures.ts';

const folder = temporaryFolder();

test.each(['none', 'majority'] as const)(
  'tiles that nobody wrote can be left out of a file (overviews %s)',
  async (overviews) => {
    const write = async (name: string, sparse: boolean) => {
      const path = join(folder, `${name}-${overviews}.tif`);
      const writer = await createGeoTiff(path, {
        ...{ width: 900, height: 700, dataType: 'uint8', noData: 255, crs: null, geoTransform: null },
        ...{ blockSize: 64, sparse, overviews, overwrite: true },
      });
      await writer.write(pixelBlock(new Uint8Array(100 * 80).fill(3), 1, 80, 100), 300, 200);
      await writer.close();
      await using raster = await openRaster(path);
      const half = await raster.read({ outWidth: 450, outHeight: 350 });
      return { size: statSync(path).size, cells: (await raster.read()).data, half: half.data };
    };
    const [sparse, dense] = [await write('sparse', true), await write('dense', false)];
    expect(sparse.cells).toEqual(dense.cells);
    expect(sparse.half).toEqual(dense.half);
    expect(sparse.cells.filter((value) => value === 3)).toHaveLength(8000);
    expect(sparse.size).toBeLessThan(dense.size);
  },
);
