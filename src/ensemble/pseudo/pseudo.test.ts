import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createGeoTiff, openRaster, pixelBlock } from '../../raster/index.ts';
import { mixLists } from './mixed-list.ts';
import { writePseudoLabels } from './pseudo-labels.ts';
import { ConfidenceHistogram, PseudoSelector } from './thresholds.ts';

const predicted = Uint8Array.of(0, 0, 0, 0, 1, 1, 255);
const confidence = Float32Array.of(0.9, 0.8, 0.7, 0.55, 0.6, 0.5, 0);

function chosen(rule: ConstructorParameters<typeof PseudoSelector>[1]) {
  const histogram = new ConfidenceHistogram(2);
  histogram.add(predicted, confidence);
  return [...new PseudoSelector(histogram, rule).mask(predicted, confidence)];
}

it('keeps what is confident', () => {
  expect(chosen({ confidence: 0.7 })).toEqual([0, 0, 0, 255, 255, 255, 255]);
});

it('keeps at most a share of each class, the most certain first', () => {
  expect(chosen({ confidence: 0.3, share: 0.5 })).toEqual([0, 0, 255, 255, 1, 255, 255]);
  // The confidence still holds.
  expect(chosen({ confidence: 0.85, share: 0.5 })).toEqual([0, 255, 255, 255, 255, 255, 255]);
});

it('takes so many of equally certain pixels as the share allows, evenly', () => {
  const histogram = new ConfidenceHistogram(2);
  const sure = Float32Array.of(1, 1, 1, 1, 1, 1, 0.9, 0.8);
  const classes = new Uint8Array(8);
  histogram.add(classes, sure);
  // Half of eight: four of the six at 1, whether in one mask or in two.
  const selector = new PseudoSelector(histogram, { confidence: 0.5, share: 0.5 });
  expect(selector.thresholds).toEqual([1, 0.5]);
  expect([...selector.mask(classes, sure)]).toEqual([255, 0, 0, 255, 0, 0, 255, 255]);
  const parts = new PseudoSelector(histogram, { confidence: 0.5, share: 0.5 });
  const masks = [0, 4].map((from) =>
    parts.mask(classes.subarray(from, from + 4), sure.subarray(from, from + 4)),
  );
  expect(masks.flatMap((mask) => [...mask])).toEqual([255, 0, 0, 255, 0, 0, 255, 255]);
});

it('leaves classes out', () => {
  expect(chosen({ confidence: 0, without: [0] })).toEqual([255, 255, 255, 255, 1, 1, 255]);
  expect(() => chosen({ confidence: 2 })).toThrow('a confidence of 2');
});

it('writes masks with the values and the ignore value asked for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pseudo-'));
  try {
    const path = join(folder, 'p.tif');
    const grid = { width: 3, height: 1, crs: null, geoTransform: null };
    const writer = await createGeoTiff(path, { ...grid, bands: 2, dataType: 'uint8', interleave: 'band' });
    await writer.write(pixelBlock(Uint8Array.of(250, 130, 0, 5, 125, 0), 2, 1, 3), 0, 0);
    await writer.close();
    const images = [{ image: 'some/IMG_7.tif', probabilities: { path } }];
    const result = await writePseudoLabels(images, {
      classes: 2,
      confidence: 0.9,
      folder,
      first: 1,
      ignore: 19,
    });
    expect(result.kept).toEqual([1, 0]);
    expect(result.predicted).toEqual([2, 0]);
    expect(result.pairs[0]!.kept).toBeCloseTo(1 / 3);
    await using mask = await openRaster(result.pairs[0]!.mask);
    expect([...(await mask.read()).data]).toEqual([1, 19, 19]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('mixes lists by weight', () => {
  const mixed = mixLists([
    { patches: ['a', 'b'], weight: 2 },
    { patches: ['x', 'y', 'z', 'w'], weight: 0.5 },
  ]);
  expect(mixed.slice(0, 4).map(({ patch }) => patch)).toEqual(['a', 'a', 'b', 'b']);
  expect(new Set(mixed.slice(4).map(({ patch }) => patch)).size).toBe(2);
  expect(mixed).toHaveLength(6);
  expect(() => mixLists([{ patches: ['a'], weight: 0 }])).toThrow('a weight of 0');
});
