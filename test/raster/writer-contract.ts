import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OutputExistsError, Random } from '../../src/core/index.ts';
import { gdal } from '../../src/raster/gdal.ts';
import {
  BlockMismatchError,
  type Compression,
  type createGeoTiff,
  openRaster,
  type PixelBlock,
  type RasterDataType,
  rasterDataTypes,
} from '../../src/raster/index.ts';
import { between, randomBlock, temporaryFolder } from './fixtures.ts';
import { overviewContract } from './writer-contract-overviews.ts';
import { classes, place, randomTiling, types, writeAll } from './writing.ts';

/** The contract of every way a GeoTIFF is written; a new option adds a case, a new way a file of tests. */
export function writerContract(create: typeof createGeoTiff): void {
  const folder = temporaryFolder();
  overviewContract(create);

  interface Case {
    readonly name: string;
    readonly dataType: RasterDataType;
    readonly bands: number;
    readonly compression: Compression;
    readonly interleave: 'pixel' | 'band';
    readonly bigTiff: 'auto' | 'always';
  }

  const compressions: Compression[] = ['none', 'lzw', 'deflate'];
  const cases: Case[] = rasterDataTypes.flatMap((dataType) =>
    compressions.flatMap((compression) =>
      (['pixel', 'band'] as const).map((interleave, index): Case => {
        const bands = compression === 'lzw' ? 3 : 1 + index * 4;
        const bigTiff = compression === 'none' ? 'always' : 'auto';
        return {
          name: `${dataType} ${compression} ${interleave} × ${bands}`,
          dataType,
          bands,
          compression,
          interleave,
          bigTiff,
        };
      }),
    ),
  );

  describe.each(cases)('writing $name', ({ name, dataType, bands, compression, interleave, bigTiff }) => {
    const random = new Random(name.length, bands);
    const [height, width] = [between(random, 40, 130), between(random, 40, 130)];
    const block = randomBlock(name.length, dataType, bands, height, width);
    types.set(block, dataType);
    const options = { dataType, bands, compression, interleave, bigTiff, blockSize: 32 };
    const path = join(folder, `${name.replaceAll(/\W+/g, '-')}.tif`);

    test('gives back what was written, in any order, to us and to GDAL', async () => {
      await writeAll(create, path, block, options, randomTiling(random, width, height));
      await using raster = await openRaster(path);
      expect(raster.dataType).toBe(dataType);
      expect(raster.crs).toBe(place.crs);
      expect(raster.geoTransform).toEqual(place.geoTransform);
      expect((await raster.read()).data).toEqual(block.data);
      const dataset = gdal.open(path);
      const info = dataset.getMetadata('IMAGE_STRUCTURE');
      expect(info.LAYOUT).toBe('COG');
      expect(info.COMPRESSION ?? 'NONE').toBe(compression.toUpperCase());
      dataset.close();
    });

    test('gives the same bytes whatever the order of the writes', async () => {
      await writeAll(
        create,
        path,
        block,
        { ...options, overwrite: true },
        randomTiling(random, width, height),
      );
      const first = readFileSync(path);
      await writeAll(create, path, block, { ...options, overwrite: true }, [{ x: 0, y: 0, width, height }]);
      expect(readFileSync(path).equals(first)).toBe(true);
    });
  });

  test('bands can be written one by one', async () => {
    const path = join(folder, 'bands.tif');
    const block = randomBlock(9, 'uint8', 6, 50, 70);
    types.set(block, 'uint8');
    const writer = await create(path, {
      ...place,
      width: 70,
      height: 50,
      bands: 6,
      dataType: 'uint8',
      blockSize: 32,
    });
    for (const band of [3, 1, 6, 2, 5, 4]) {
      await writer.write(
        { data: block.data.slice((band - 1) * 3500, band * 3500), bands: 1, width: 70, height: 50 },
        0,
        0,
        band,
      );
    }
    await writer.close();
    await using raster = await openRaster(path);
    expect((await raster.read()).data).toEqual(block.data);
  });

  test('later writes win, cells beyond the edge are dropped, cells never written hold nodata', async () => {
    const path = join(folder, 'overlap.tif');
    const writer = await create(path, {
      ...place,
      width: 40,
      height: 40,
      dataType: 'int16',
      noData: -9,
      blockSize: 16,
    });
    const flat = (value: number, size: number) => ({
      data: new Int16Array(size * size).fill(value),
      bands: 1,
      width: size,
      height: size,
    });
    await writer.write(flat(1, 32), 0, 0);
    await writer.write(flat(2, 10), -4, -4);
    await writer.write(flat(3, 30), 20, -20);
    await writer.close();
    await using raster = await openRaster(path);
    const at = async (x: number, y: number) => (await raster.read({ x, y, width: 1, height: 1 })).data[0];
    expect(await Promise.all([at(5, 5), at(6, 6), at(25, 5), at(39, 9), at(39, 10), at(35, 35)])).toEqual([
      2, 1, 3, 3, -9, -9,
    ]);
    expect([...(await raster.readValidity({ x: 39, y: 9, width: 1, height: 2 })).data]).toEqual([1, 0]);
  });

  test('three bands of bytes are colours, a fourth may be opacity', async () => {
    const path = join(folder, 'rgba.tif');
    const block = randomBlock(4, 'uint8', 4, 20, 20);
    types.set(block, 'uint8');
    await writeAll(create, path, block, { dataType: 'uint8', bands: 4, alpha: true, blockSize: 16 }, [
      { x: 0, y: 0, width: 20, height: 20 },
    ]);
    await using raster = await openRaster(path);
    expect(raster.bandInfo.map(({ colorInterpretation }) => colorInterpretation)).toEqual([
      'Red',
      'Green',
      'Blue',
      'Alpha',
    ]);
    expect(raster.band(1).mask).toBe('shared');
  });

  test('nothing is there before closing, after giving up, or over an existing file', async () => {
    const path = join(folder, 'careful.tif');
    const before = readdirSync(folder);
    const block = randomBlock(1, 'uint8', 1, 600, 600);
    types.set(block, 'uint8');
    const options = { ...place, width: 600, height: 600, dataType: 'uint8' } as const;
    const writer = await create(path, options);
    await writer.write(block, 0, 0);
    expect(existsSync(path)).toBe(false);
    await writer.abort();
    await writer.abort();
    expect(readdirSync(folder)).toEqual(before);
    await expect(writer.write(block, 0, 0)).rejects.toThrow(BlockMismatchError);

    const [first, second] = [await create(path, options), await create(path, options)];
    await first.write(block, 0, 0);
    await first.close();
    const { mtimeMs } = statSync(path);
    await expect(create(path, options)).rejects.toThrow(OutputExistsError);
    // The file appeared after the second writer had started: it is not replaced either.
    await expect(second.close()).rejects.toThrow(OutputExistsError);
    expect(statSync(path).mtimeMs).toBe(mtimeMs);
    expect(readdirSync(folder).filter((name) => name.includes('careful'))).toEqual(['careful.tif']);
  });

  test('blocks that do not fit are refused', async () => {
    const options = { ...place, width: 10, height: 10, bands: 2, dataType: 'uint8' } as const;
    const writer = await create(join(folder, 'misfit.tif'), options);
    const block = (data: PixelBlock['data'], bands: number) => ({ data, bands, width: 10, height: 10 });
    await expect(writer.write(block(new Float32Array(200), 2), 0, 0)).rejects.toThrow(/float32.*uint8/);
    await expect(writer.write(block(new Uint8Array(100), 1), 0, 0)).rejects.toThrow(/1 bands.*2/);
    await expect(writer.write(block(new Uint8Array(100), 1), 0, 0, 3)).rejects.toThrow(/band 3/);
    await expect(writer.write(block(new Uint8Array(100), 1), 0, 0, 1)).rejects.toThrow(/interleave/);
    await expect(writer.write(block(new Uint8Array(99), 2), 0, 0)).rejects.toThrow(BlockMismatchError);
    await writer.abort();
    await expect(create(join(folder, 'x.tif'), { ...options, noData: 256 })).rejects.toThrow(/nodata 256/);
    await expect(create(join(folder, 'x.tif'), { ...options, blockSize: 100 })).rejects.toThrow(
      /multiple of 16/,
    );
    await expect(create(join(folder, 'x.tif'), { ...options, classes })).rejects.toThrow(
      /classes need one band/,
    );
  });
}
