import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DUBAI, FLAIR_13, parseHexColor, Random } from '../core/index.ts';
import { RasterNotFoundError } from '../raster/index.ts';
import { colorCoding, indexCoding, valueCoding } from './class-coding.ts';
import { ConfusionMatrix } from './confusion-matrix.ts';
import { evaluateFiles, PairSizeError, UnreadablePairError } from './evaluate-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arpent-evaluation-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A one-band (PGM) or three-band (PPM) raster. */
async function raster(name: string, width: number, height: number, pixels: Uint8Array): Promise<string> {
  const path = join(folder, name);
  const kind = pixels.length === 3 * width * height ? 'P6' : 'P5';
  await writeFile(path, Buffer.concat([Buffer.from(`${kind}\n${width} ${height}\n255\n`), pixels]));
  return path;
}

describe('evaluateFiles', () => {
  it('counts all pairs into one matrix, in strips and in any order, as if counted at once', async () => {
    const random = new Random(3);
    const pairs = [];
    const whole = new ConfusionMatrix(13);
    for (let i = 0; i < 6; i++) {
      const truth = Uint8Array.from({ length: 40 * 30 }, () => random.below(21));
      const prediction = Uint8Array.from({ length: 40 * 30 }, () => random.below(13));
      whole.accumulate(
        truth.map((value) => (value === 0 || value > 19 ? 255 : Math.min(value, 13) - 1)),
        prediction,
      );
      pairs.push({
        truth: await raster(`MSK_${i}.pgm`, 40, 30, truth),
        prediction: await raster(`PRED_${i}.pgm`, 40, 30, prediction),
      });
    }
    const seen: number[] = [];
    const { matrix, images, skipped } = await evaluateFiles(pairs, {
      classes: 13,
      truth: valueCoding(FLAIR_13),
      perImage: true,
      stripPixels: 200,
      concurrency: 3,
      onProgress: (done, total) => seen.push(done, total),
    });
    expect(matrix).toEqual(whole);
    expect(images.map(({ pair }) => pair)).toEqual(pairs);
    expect(
      ConfusionMatrix.sum(
        13,
        images.map((image) => image.matrix),
      ),
    ).toEqual(whole);
    expect(skipped).toEqual([]);
    expect(seen).toEqual([1, 6, 2, 6, 3, 6, 4, 6, 5, 6, 6, 6]);
  });

  it('reads masks painted by colour, and one-based masks', async () => {
    const colors = [...DUBAI.classes.map(({ color }) => color), '#9b9b9b'].map(parseHexColor);
    const painted = await raster('painted.ppm', 6, 1, Uint8Array.from(colors.flat()));
    const prediction = await raster('prediction.pgm', 6, 1, Uint8Array.of(0, 1, 2, 3, 0, 4));
    const byColor = await evaluateFiles([{ truth: painted, prediction }], {
      classes: 5,
      truth: colorCoding(DUBAI),
    });
    expect([0, 1, 2, 3].map((index) => byColor.matrix.at(index, index))).toEqual([1, 1, 1, 1]);
    expect([byColor.matrix.at(4, 0), byColor.matrix.ignored]).toEqual([1, 1]);
    expect(byColor.images).toEqual([]);

    const oneBased = await raster('one.pgm', 6, 1, Uint8Array.of(1, 2, 3, 4, 5, 0));
    const byValue = await evaluateFiles([{ truth: oneBased, prediction }], {
      classes: 5,
      truth: indexCoding(5, 1),
    });
    expect(byValue.matrix).toEqual(byColor.matrix);
  });

  it('counts predictions without a class as missed', async () => {
    const truth = await raster('truth.pgm', 3, 1, Uint8Array.of(0, 1, 1));
    const prediction = await raster('nodata.pgm', 3, 1, Uint8Array.of(0, 255, 9));
    const { matrix } = await evaluateFiles([{ truth, prediction }], { classes: 2 });
    expect([matrix.at(0, 0), ...matrix.missed]).toEqual([1, 0, 2]);
  });

  it('names files of different size, missing files and missing colours, with their line', async () => {
    const small = await raster('small.pgm', 2, 2, new Uint8Array(4));
    const large = await raster('large.pgm', 3, 2, new Uint8Array(6));
    const missing = join(folder, 'missing.pgm');
    const plain = evaluateFiles([{ truth: small, prediction: large }], { classes: 2 });
    await expect(plain).rejects.toThrow(PairSizeError);
    await expect(plain).rejects.toThrow(
      /large\.pgm: the prediction is 3 × 2 pixels, the truth 2 × 2 .*small\.pgm/,
    );
    const absent = [{ truth: small, prediction: missing }];
    await expect(evaluateFiles(absent, { classes: 2 })).rejects.toThrow(RasterNotFoundError);
    const listed = { truth: small, prediction: missing, list: 'test.csv', line: 7 };
    await expect(evaluateFiles([listed], { classes: 2 })).rejects.toThrow(UnreadablePairError);
    await expect(evaluateFiles([listed], { classes: 2 })).rejects.toThrow(
      /^test\.csv:7: .*missing\.pgm: no such/,
    );
    const grey = evaluateFiles([{ truth: small, prediction: small }], {
      classes: 2,
      truth: colorCoding(DUBAI),
    });
    await expect(grey).rejects.toThrow(/no band 2/);
  });

  it('leaves bad pairs out and reports them when asked to', async () => {
    const good = await raster('good.pgm', 2, 2, Uint8Array.of(0, 0, 1, 1));
    const other = await raster('other.pgm', 3, 2, new Uint8Array(6));
    const pairs = [
      { truth: good, prediction: join(folder, 'gone.pgm') },
      { truth: good, prediction: good },
      { truth: good, prediction: other, list: 'test.csv', line: 3 },
    ];
    const { matrix, skipped } = await evaluateFiles(pairs, { classes: 2, skipBad: true });
    expect(matrix.toRows()).toEqual([
      [2, 0],
      [0, 2],
    ]);
    expect(skipped.map(({ pair, error }) => [pair, error.name])).toEqual([
      [pairs[0], 'RasterNotFoundError'],
      [pairs[2], 'PairSizeError'],
    ]);
  });

  it('stops when told to', async () => {
    const good = await raster('stop.pgm', 2, 2, new Uint8Array(4));
    const stop = AbortSignal.abort(new Error('enough'));
    await expect(
      evaluateFiles([{ truth: good, prediction: good }], { classes: 2, signal: stop }),
    ).rejects.toThrow('enough');
  });
});
