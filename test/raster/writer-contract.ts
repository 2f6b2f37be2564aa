import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OutputExistsError, Random } from '../../src/core/index.ts';
import { gdal } from '../../src/raster/gdal.ts';
import {
  allocateCells,
  BlockMismatchError,
  type Compression,
  type createGeoTiff,
  crsToWkt,
  type GeoTiffOptions,
  openRaster,
  type PixelBlock,
  type RasterDataType,
  type RasterWindow,
  rasterDataTypes,
} from '../../src/raster/index.ts';
import { between, randomBlock, temporaryFolder } from './fixtures.ts';
import { hasGdalPrograms, told } from './gdal-programs.ts';

/** The contract of every way a GeoTIFF is written; a new option adds a case, a new way a file of tests. */
export function writerContract(create: typeof createGeoTiff): void {
  const folder = temporaryFolder();
  const place = { crs: crsToWkt('EPSG:2154'), geoTransform: [700000, 0.2, 0, 6600000, 0, -0.2] as const };

  function cut(block: PixelBlock, { x, y, width, height }: RasterWindow): PixelBlock {
    const data = allocateCells(types.get(block) ?? 'uint8', block.bands * width * height);
    for (let line = 0; line < block.bands * height; line++) {
      const band = Math.floor(line / height);
      const from = (band * block.height + y + (line % height)) * block.width + x;
      data.set(block.data.subarray(from, from + width), line * width);
    }
    return { data, bands: block.bands, width, height };
  }

  const types = new Map<PixelBlock, RasterDataType>();

  /** Disjoint windows that cover a raster, cut at random and shuffled. */
  function randomTiling(random: Random, width: number, height: number): RasterWindow[] {
    const edges = (length: number) => {
      const inner = Array.from({ length: 3 }, () => between(random, 1, length - 1));
      return [...new Set([0, ...inner, length])].sort((a, b) => a - b);
    };
    const [xs, ys] = [edges(width), edges(height)];
    const windows = ys.slice(1).flatMap((bottom, row) =>
      xs.slice(1).map((right, column) => {
        const [x, y] = [xs[column]!, ys[row]!];
        return { x, y, width: right - x, height: bottom - y };
      }),
    );
    return random.shuffle(windows);
  }

  async function writeAll(
    path: string,
    block: PixelBlock,
    options: Omit<GeoTiffOptions, 'width' | 'height' | 'crs' | 'geoTransform'>,
    windows: readonly RasterWindow[],
  ): Promise<void> {
    const writer = await create(path, {
      ...place,
      width: block.width,
      height: block.height,
      ...options,
    });
    for (const window of windows) await writer.write(cut(block, window), window.x, window.y);
    await writer.close();
  }

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
      await writeAll(path, block, options, randomTiling(random, width, height));
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
      await writeAll(path, block, { ...options, overwrite: true }, randomTiling(random, width, height));
      const first = readFileSync(path);
      await writeAll(path, block, { ...options, overwrite: true }, [{ x: 0, y: 0, width, height }]);
      expect(readFileSync(path).equals(first)).toBe(true);
    });
  });

  const classes = [
    { value: 0, name: 'building', color: '#db0e9a' },
    { value: 1, name: 'pervious & <bare>', color: '#938e7b' },
    { value: 4, name: 'forêt', color: '#194a26' },
  ];

  /** A class map with a diagonal border and a lake of nodata. */
  function classMap(width: number, height: number): PixelBlock {
    const data = new Uint8Array(width * height);
    for (let index = 0; index < data.length; index++) {
      const [x, y] = [index % width, Math.floor(index / width)];
      data[index] = x < 20 && y < 20 ? 255 : x > y ? 1 : (x * 7 + y * 3) % 11 === 0 ? 0 : 4;
    }
    return { data, bands: 1, width, height };
  }

  test('a class map carries colours, names, nodata, an attribute table, tags and majority overviews', async () => {
    const path = join(folder, 'classes.tif');
    const map = classMap(201, 150);
    const options = {
      dataType: 'uint8',
      noData: 255,
      classes,
      overviews: 'majority',
      blockSize: 32,
    } as const;
    const described = { ...options, tags: { MODEL: 'u-net <1>' }, bandNames: ['land cover'] };
    await writeAll(path, map, described, [{ x: 0, y: 0, width: 201, height: 150 }]);
    await using raster = await openRaster(path);
    expect(raster.classNames).toEqual(['building', 'pervious & <bare>', '', '', 'forêt']);
    expect(raster.colorTable?.[4]).toEqual([0x19, 0x4a, 0x26, 255]);
    expect(raster.noData).toBe(255);
    expect(raster.tags.MODEL).toBe('u-net <1>');
    expect(raster.band(1).description).toBe('land cover');
    expect(raster.overviewCount).toBe(3);
  });

  test.runIf(hasGdalPrograms)('and GDAL’s own programs find them', async () => {
    const path = join(folder, 'classes-for-gdal.tif');
    const options = {
      dataType: 'uint8',
      noData: 255,
      classes,
      overviews: 'majority',
      blockSize: 32,
    } as const;
    await writeAll(path, classMap(201, 150), options, [{ x: 0, y: 0, width: 201, height: 150 }]);
    const info = JSON.parse(told('gdalinfo', '-json', path));
    expect(info.bands[0].overviews.map(({ size }: { size: number[] }) => size)).toEqual([
      [101, 75],
      [51, 38],
      [26, 19],
    ]);
    expect(info.bands[0].colorInterpretation).toBe('Palette');
    expect(told('gdalinfo', path)).toContain('<F>pervious &amp; &lt;bare&gt;</F>');
  });

  test('overviews hold the majority of the cells below that have data', async () => {
    const path = join(folder, 'majority.tif');
    const [width, height] = [157, 99];
    const map = classMap(width, height);
    await writeAll(path, map, { dataType: 'uint8', noData: 255, overviews: 'majority', blockSize: 16 }, [
      { x: 0, y: 0, width, height },
    ]);
    const dataset = gdal.open(path);
    const band = dataset.bands.get(1);
    band.overviews.forEach((overview, level) => {
      const factor = 2 ** (level + 1);
      const { x: across, y: down } = overview.size;
      const cells = overview.pixels.read(0, 0, across, down);
      for (let at = 0; at < cells.length; at++) {
        const votes = new Map<number, number>();
        for (
          let y = Math.floor(at / across) * factor;
          y < Math.min(height, (Math.floor(at / across) + 1) * factor);
          y++
        ) {
          for (let x = (at % across) * factor; x < Math.min(width, ((at % across) + 1) * factor); x++) {
            const value = map.data[y * width + x]!;
            if (value !== 255) votes.set(value, (votes.get(value) ?? 0) + 1);
          }
        }
        const most = Math.max(0, ...votes.values());
        expect(most === 0 ? cells[at] === 255 : votes.get(cells[at]!) === most).toBe(true);
      }
    });
    dataset.close();
  });

  test('overviews of measured values hold the mean of the cells below that have data', async () => {
    const path = join(folder, 'mean.tif');
    const block = randomBlock(2, 'float32', 5, 70, 90);
    types.set(block, 'float32');
    block.data[0] = Number.NaN;
    const options = {
      dataType: 'float32',
      bands: 5,
      noData: Number.NaN,
      overviews: 'average',
      blockSize: 16,
    } as const;
    await writeAll(path, block, options, [{ x: 0, y: 0, width: 90, height: 70 }]);
    const dataset = gdal.open(path);
    for (let band = 0; band < 5; band++) {
      const overview = dataset.bands.get(band + 1).overviews.get(1);
      expect(overview.size).toEqual({ x: 23, y: 18 });
      const first = overview.pixels.read(0, 0, 1, 1)[0]!;
      const below = Array.from(
        { length: 16 },
        (_, at) => block.data[band * 6300 + Math.floor(at / 4) * 90 + (at % 4)]!,
      );
      const valid = below.filter((value) => !Number.isNaN(value));
      const mean = valid.reduce((sum, value) => sum + value, 0) / valid.length;
      expect(Math.abs(first - mean)).toBeLessThan(1e-6 * 1e6);
    }
    dataset.close();
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
    await writeAll(path, block, { dataType: 'uint8', bands: 4, alpha: true, blockSize: 16 }, [
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
