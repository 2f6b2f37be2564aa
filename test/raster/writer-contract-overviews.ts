import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gdal } from '../../src/raster/gdal.ts';
import { type createGeoTiff, openRaster, type PixelBlock } from '../../src/raster/index.ts';
import { randomBlock, temporaryFolder } from './fixtures.ts';
import { hasGdalPrograms, told } from './gdal-programs.ts';
import { classes, types, writeAll } from './writing.ts';

/** The part of `writerContract` about class maps and overviews. */
export function overviewContract(create: typeof createGeoTiff): void {
  const folder = temporaryFolder();

  const options = { dataType: 'uint8', noData: 255, classes, overviews: 'majority', blockSize: 32 } as const;

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
    const described = { ...options, tags: { MODEL: 'u-net <1>' }, bandNames: ['land cover'] };
    await writeAll(create, path, map, described, [{ x: 0, y: 0, width: 201, height: 150 }]);
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
    await writeAll(create, path, classMap(201, 150), options, [{ x: 0, y: 0, width: 201, height: 150 }]);
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
    await writeAll(
      create,
      path,
      map,
      { dataType: 'uint8', noData: 255, overviews: 'majority', blockSize: 16 },
      [{ x: 0, y: 0, width, height }],
    );
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
    await writeAll(create, path, block, options, [{ x: 0, y: 0, width: 90, height: 70 }]);
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
}
