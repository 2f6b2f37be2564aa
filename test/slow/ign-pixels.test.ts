// About 1 minute on two cores.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Random } from '../../src/core/index.ts';
import { createGeoTiff, openRaster, pixelBlock } from '../../src/raster/index.ts';
import { flair, flairDetect } from '../cli/call.ts';
import { FLAIR_FILLED } from '../config/samples.ts';
import { makeFlairDataset } from '../flair/dataset.ts';
import { temporaryFolder } from '../raster/fixtures.ts';
import { findPython, ROOT } from './python.ts';

process.env.HF_HUB_OFFLINE = '1';
const [WIDTH, HEIGHT, BANDS, CLASSES] = [300, 205, 5, 19];
const [TILE, MARGIN] = [128, 32];
const MEANS = [105.08, 110.87, 101.82, 106.38, 53.26];
const STDS = [52.17, 45.38, 44, 39.69, 79.3];

/** Rectangles of the colours that the data set gives its four classes. */
function drawZone(): Uint8Array {
  const random = new Random(12);
  const classes = new Uint8Array(WIDTH * HEIGHT).fill(1);
  for (let i = 0; i < 60; i++) {
    const [x, y, value] = [random.below(WIDTH), random.below(HEIGHT), 1 + random.below(4)];
    const right = Math.min(WIDTH, x + 8 + random.below(60));
    const bottom = Math.min(HEIGHT, y + 8 + random.below(60));
    for (let row = y; row < bottom; row++) classes.fill(value, row * WIDTH + x, row * WIDTH + right);
  }
  const cells = new Uint8Array(BANDS * classes.length);
  for (let band = 0; band < BANDS; band++) {
    for (const [pixel, value] of classes.entries()) {
      const shade = 30 + ((value * (37 + 23 * band)) % 190);
      cells[band * classes.length + pixel] = Math.min(255, shade + random.below(20));
    }
  }
  return cells;
}

test('compat: ign gives the pixels of IGN’s loop in PyTorch, with the weights of a run of flair', async () => {
  const folder = temporaryFolder();
  await makeFlairDataset(folder, { size: 64, counts: [24, 4, 2] });
  process.chdir(folder);
  const changes = [
    [/csv\//g, ''],
    ['num_epochs: 3', 'num_epochs: 5'],
    ['predict: True', 'predict: False'],
    ['accelerator: gpu', 'accelerator: cpu'],
  ] as const;
  writeFileSync(
    'flair.yaml',
    changes.reduce((text, [from, to]) => text.replace(from, to), FLAIR_FILLED),
  );
  const trained = await flair('--conf=flair.yaml');
  expect(trained.code, trained.stderr).toBe(0);
  const checkpoint = 'out/my_run/checkpoints/last.ckpt';
  const cells = drawZone();
  writeFileSync('zone.bin', cells);
  const grid = { width: WIDTH, height: HEIGHT, bands: BANDS, crs: 'EPSG:2154', dataType: 'uint8' as const };
  const writer = await createGeoTiff('zone.tif', {
    ...grid,
    geoTransform: [650000, 0.2, 0, 6860000, 0, -0.2],
  });
  await writer.write(pixelBlock(cells, BANDS, HEIGHT, WIDTH), 0, 0);
  await writer.close();
  for (const type of ['argmax', 'class_prob']) {
    writeFileSync(
      `${type}.yaml`,
      `{ output_path: maps, output_name: ${type}, input_img_path: zone.tif, img_pixels_detection: ${TILE}, margin: ${MARGIN}, ` +
        `output_type: ${type}, n_classes: ${CLASSES}, model_weights: ${checkpoint}, use_gpu: false, compat: ign, ` +
        'model_framework: { model_provider: SegmentationModelsPytorch, ' +
        'SegmentationModelsPytorch: { encoder_decoder: resnet34_unet } } }\n',
    );
    const mapped = await flairDetect(`--conf=${type}.yaml`);
    expect(mapped.code, mapped.stderr).toBe(0);
  }
  const said = execFileSync(findPython(), [
    ...[
      join(ROOT, 'tools/reference/ign_detect.py'),
      'zone.bin',
      `${WIDTH}`,
      `${HEIGHT}`,
      `${BANDS}`,
      checkpoint,
    ],
    ...[`${CLASSES}`, `${TILE}`, `${MARGIN}`, `${MEANS}`, `${STDS}`, 'classes.bin', 'bytes.bin'],
  ]);
  expect(said.toString()).toContain('windows: 20');
  const shareOfSame = async (map: string, file: string, tolerance: number) => {
    await using raster = await openRaster(map);
    const { data } = await raster.read();
    const expected = readFileSync(file);
    expect(data.length).toBe(expected.length);
    let same = 0;
    for (let i = 0; i < data.length; i++) same += Number(Math.abs(data[i]! - expected[i]!) <= tolerance);
    return same / data.length;
  };
  const classes = await shareOfSame('maps/argmax.tif', 'classes.bin', 0);
  const shares = await shareOfSame('maps/class_prob.tif', 'bytes.bin', 0);
  console.info(
    `equal to IGN's loop: classes ${(100 * classes).toFixed(4)} %, probabilities ${(100 * shares).toFixed(4)} %`,
  );
  expect(new Set(readFileSync('classes.bin')).size).toBeGreaterThan(2);
  expect(classes).toBeGreaterThanOrEqual(0.999);
  // Cut-off bytes jump where a probability is next to a whole number.
  expect(shares).toBeGreaterThanOrEqual(0.999);
  expect(await shareOfSame('maps/class_prob.tif', 'bytes.bin', 1)).toBe(1);
});
