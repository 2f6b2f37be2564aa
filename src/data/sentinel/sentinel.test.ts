import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composite, datesByMonth } from './composites.ts';
import { clearDates, coverOf } from './date-filter.ts';
import { NpyArrayError, SentinelSeriesError, SentinelStatisticsError } from './errors.ts';
import { imageStatistics } from './image-statistics.ts';
import { decodeNpy, encodeNpy } from './npy-array.ts';
import { cutWindow, pixelsOutside, readCentroids, windowAround } from './patch-window.ts';
import { productDate, productDates } from './product-dates.ts';
import { sentinelName, sentinelPatches } from './sentinel-patches.ts';
import { readStatisticsTable } from './statistics-table.ts';
import { readTimeSeries, type TimeSeries } from './time-series.ts';

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Two dates of one band on 2 × 2 pixels. */
const series = (data: number[], masks: number[]): TimeSeries => ({
  ...{ dates: 2, bands: 1, height: 2, width: 2 },
  data: Uint16Array.from(data),
  masks: Uint8Array.from(masks),
  days: [
    { year: 2021, month: 3, day: 9 },
    { year: 2021, month: 7, day: 1 },
  ],
});
// Date 1: one pixel of snow and cloud at once, one of cloud. Date 2: clear but for 19 %.
const masks = [20, 0, 0, 0, 90, 100, 0, 0, 0, 0, 0, 0, 19, 0, 0, 0];
const small = series([1, 2, 3, 4, 5, 6, 7, 8], masks);

describe('dates', () => {
  it('are read from names of products, and are null where there is none', () => {
    expect(productDate('S2A_MSIL2A_20190315T105021_N0211_R051_T31TGL')).toEqual({
      year: 2019,
      month: 3,
      day: 15,
    });
    expect(productDate('SENTINEL2B_20210704-105856-123_L2A_T30TXR')?.month).toBe(7);
    expect(productDate('S2A_MSIL2A_20190231T105021_N0211')).toBeNull();
    expect(productDates('SENTINEL2B_20210704-1_\r\nunknown\n\n')).toEqual([
      { year: 2021, month: 7, day: 4 },
      null,
    ]);
  });

  it('count covered pixels once, or twice as the team did', () => {
    expect(coverOf(small, 0, { probability: 20 })).toBe(0.5);
    expect(coverOf(small, 0, { probability: 20, count: 'twice' })).toBe(0.75);
    expect(coverOf(small, 1, { probability: 20 })).toBe(0);
    expect(coverOf(small, 0, { probability: 20 }, { top: 1, left: 0, height: 1, width: 2 })).toBe(0);
    expect(coverOf(small, 0, { probability: 20 }, { top: 5, left: 0, height: 1, width: 2 })).toBe(1);
  });

  it('are kept below the share, not at it, and not when saturated', () => {
    expect(clearDates(small, { probability: 20, cover: 0.5 }, [0], 100)).toEqual([1]);
    expect(clearDates(small, { probability: 20, cover: 0.51 }, [0], 100)).toEqual([0, 1]);
    expect(clearDates(small, { probability: 20, cover: 0.51 }, [0], 4)).toEqual([0]);
    expect(clearDates(small, { probability: 1, cover: 0.1 }, [0], 100)).toEqual([]);
  });

  it('form months in order', () => {
    expect(datesByMonth(small, [1, 0])).toEqual([
      [3, [0]],
      [7, [1]],
    ]);
    expect(datesByMonth({ days: [null, small.days[1]!] }, [0, 1])).toEqual([[7, [1]]]);
  });
});

describe('windows', () => {
  it('reach from half a side before the centre, over the border as NaN', () => {
    const window = windowAround([1, 0], 2);
    expect(window).toEqual({ top: 0, left: -1, height: 2, width: 2 });
    expect(pixelsOutside(window, small)).toBe(2);
    expect([...cutWindow(small, 1, 0, window)]).toEqual([Number.NaN, 5, Number.NaN, 7]);
    expect(pixelsOutside(windowAround([9, 9], 2), small)).toBe(4);
  });
});

describe('composites', () => {
  const window = windowAround([1, 1], 2);
  const make = (kind: 'mean' | 'monthly' | 'clear-pixels' | 'dates', dates = [0, 1]) =>
    composite(small, window, { kind, dates, bands: [0], scale: 2, probability: 20 });

  it('are the mean over dates', () => {
    expect(make('mean')).toEqual({ steps: 1, data: Float64Array.of(1.5, 2, 2.5, 3), labels: ['mean of 2'] });
    expect([...make('mean', []).data]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });

  it('are one image a month, or a date', () => {
    expect(make('monthly').labels).toEqual(['month 03', 'month 07']);
    expect([...make('dates', [1]).data]).toEqual([2.5, 3, 3.5, 4]);
    expect(make('dates', [1]).labels).toEqual(['2021-07-01']);
  });

  it('take each pixel where it is clear', () => {
    expect([...make('clear-pixels', []).data]).toEqual([2.5, 3, 2.5, 3]);
  });
});

it('statistics run over time and space and leave out what is unknown', () => {
  const data = Float64Array.of(1, Number.NaN, 10, 10, 3, 5, 10, 10);
  const { means, stds } = imageStatistics(data, 2, 2);
  expect(means).toEqual([3, 10]);
  expect(stds[0]).toBeCloseTo(Math.sqrt(8 / 3), 12);
  expect(stds[1]).toBe(0);
});

describe('NumPy files', () => {
  it('come back as they were written', () => {
    for (const data of [Float64Array.of(1.5, -2), Uint16Array.of(65535, 1), Uint8Array.of(0, 255)]) {
      const file = encodeNpy({ shape: [1, 2], data });
      expect((file.length - data.byteLength) % 64).toBe(0);
      expect(decodeNpy(file)).toEqual({ shape: [1, 2], data });
    }
  });

  it('that are damaged are refused', () => {
    const file = encodeNpy({ shape: [2], data: Float64Array.of(1, 2) });
    expect(() => decodeNpy(file.subarray(0, -1))).toThrow(NpyArrayError);
    expect(() => decodeNpy(Uint8Array.of(1, 2, 3))).toThrow('not a NumPy file');
  });
});

describe('a folder of FLAIR-2', () => {
  let folder: string;
  const image = (name: string) => join(folder, 'aerial/D001_2020/Z1_UU/img', `${name}.tif`);
  const sen = () => join(folder, 'sen/D001_2020/Z1_UU/sen');
  const options = async () => ({
    series: [join(folder, 'sen')],
    centroids: await readCentroids(join(folder, 'centroids.json')),
    filter: { probability: 20, cover: 0.2 },
    ...({ countOn: 'super-patch', composite: 'mean' } as const),
    ...{ surroundings: 4, bands: [2, 1], side: 2, scale: 2 },
  });
  const write = async (clouds: number, dates = 2) => {
    const start = join(sen(), 'SEN2_sp_D001_2020-Z1_UU_');
    // Band 1 is 1 at date 1 and 3 at date 2; band 2 counts pixels.
    const data = Uint16Array.from({ length: 2 * 2 * 16 }, (_, i) => {
      const [date, band] = [Math.floor(i / 32), Math.floor(i / 16) % 2];
      return band === 1 ? i % 16 : 1 + 2 * date;
    });
    const cover = new Uint8Array(2 * 2 * 16).fill(clouds);
    await writeFile(`${start}data.npy`, encodeNpy({ shape: [2, 2, 4, 4], data }));
    await writeFile(`${start}masks.npy`, encodeNpy({ shape: [2, 2, 4, 4], data: cover }));
    await writeFile(`${start}products.txt`, 'S2A_MSIL2A_20200315T1\n'.repeat(dates));
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sentinel-'));
    await mkdir(sen(), { recursive: true });
    const centroids = { 'IMG_000001.tif': [2, 2], 'IMG_000002.tif': [0, 0], 'IMG_000004.tif': [2, 2] };
    await writeFile(join(folder, 'centroids.json'), JSON.stringify(centroids));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('gives each patch its window, and says what could not be made', async () => {
    await write(0);
    const elsewhere = join(folder, 'aerial/D001_2020/Z2_UU/img/IMG_000004.tif');
    const images = [image('IMG_000001'), image('IMG_000002'), image('IMG_000003'), elsewhere];
    const [inside, border, unknown, other] = await collect(sentinelPatches(images, await options()));
    expect(inside).toMatchObject({ name: 'SEN_000001', outcome: 'made', dates: 2, kept: 2, outside: 0 });
    // Band 2 at rows 1–2, columns 1–2 of a 4 × 4 grid: 5, 6, 9, 10, halved; band 1: the mean of 1 and 3, halved.
    expect([...inside!.result!.data]).toEqual([2.5, 3, 4.5, 5, 1, 1, 1, 1]);
    expect(inside!.statistics).toEqual({ means: [3.75, 1], stds: [Math.sqrt(4.25) / 2, 0] });
    expect(border).toMatchObject({ outcome: 'made', outside: 3, statistics: { means: [0, 1] } });
    expect([unknown!.outcome, other!.outcome]).toEqual(['no centre', 'no series']);
  });

  it('has no patch where every date is cloudy', async () => {
    await write(99);
    const [patch] = await collect(sentinelPatches([image('IMG_000001')], await options()));
    expect(patch).toMatchObject({ outcome: 'no clear date', kept: 0, result: null });
  });

  it('is refused when products are missing or bands do not exist', async () => {
    await write(0, 1);
    await expect(readTimeSeries(sen())).rejects.toThrow('1 products for 2 images');
    await write(0);
    const wrong = { ...(await options()), bands: [3] };
    await expect(collect(sentinelPatches([image('IMG_000001')], wrong))).rejects.toThrow(SentinelSeriesError);
  });
});

it('names follow the image', () => {
  expect(sentinelName('a/IMG_061946.tif')).toBe('SEN_061946');
  expect(sentinelName('a/other.tif')).toBe('SEN_other');
});

it('tables of statistics must fit the channels', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'statistics-'));
  const file = join(folder, 'statistics.json');
  await writeFile(file, JSON.stringify({ images: { IMG_1: { means: [1], stds: [2] } } }));
  expect(readStatisticsTable(file, 1)('x/IMG_1.tif')).toEqual({ means: [1], stds: [2] });
  expect(readStatisticsTable(file, 1)('x/IMG_2.tif')).toBeNull();
  expect(() => readStatisticsTable(file, 3)).toThrow(SentinelStatisticsError);
  await rm(folder, { recursive: true });
});
