// The Dubai parts as DACON 236092 lays out its data: training images with run-length masks of their buildings, test images of 224 pixels.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPatchList } from 'arpent/data';
import { encodeRunLengths } from 'arpent/ensemble';
import { createGeoTiff, openRaster, pixelBlock } from 'arpent/raster';

const DUBAI = join(dirname(fileURLToPath(import.meta.url)), '..', 'dubai');
/** Red, green and blue of buildings in the masks. */
const BUILDING = [0x3c, 0x10, 0x98];
/** Sides of training and test images: a training image is four tiles of 224 pixels, 200 apart. */
const [TRAIN, TEST] = [424, 224];

async function read(path, options, window) {
  const raster = await openRaster(path, options);
  try {
    return await raster.read(window);
  } finally {
    raster.close();
  }
}

/** Writes a square of an image; returns its buildings as run-length text. */
async function cut({ image, mask }, { x, y }, side, path) {
  const window = { x, y, width: side, height: side };
  const plane = side * side;
  const pixels = await read(image, { bands: [1, 2, 3] }, window);
  const grid = { width: side, height: side, crs: null, geoTransform: null, overwrite: true };
  const writer = await createGeoTiff(path, { ...grid, bands: 3, dataType: 'uint8' });
  await writer.write(pixelBlock(pixels.data, 3, side, side), 0, 0);
  await writer.close();
  const { data } = await read(mask, { palette: 'rgb' }, window);
  const buildings = Uint8Array.from({ length: plane }, (_, i) =>
    Number(BUILDING.every((value, band) => data[band * plane + i] === value)),
  );
  return encodeRunLengths(buildings, { width: side, height: side });
}

const csv = (header, rows) => `${[header, ...rows.map((row) => row.join(','))].join('\n')}\n`;

/** Writes `train.csv`, `train_img`, `test.csv`, `test_img`, `sample_submission.csv`, and the truth that a contest would keep to itself. */
export async function makeContest(folder) {
  for (const name of ['train_img', 'test_img']) await mkdir(join(folder, name), { recursive: true });
  const train = [];
  for (const part of await readPatchList(join(DUBAI, 'train.csv'))) {
    const id = `TRAIN_${String(train.length).padStart(4, '0')}`;
    const runs = await cut(part, { x: 0, y: 0 }, TRAIN, join(folder, 'train_img', `${id}.tif`));
    // The contest has no training image without a building.
    if (runs !== '-1') train.push([id, `./train_img/${id}.tif`, runs]);
  }
  const test = [];
  for (const part of await readPatchList(join(DUBAI, 'test.csv'))) {
    for (const x of [0, 224, 448]) {
      for (const y of [0, 300]) {
        const id = `TEST_${String(test.length).padStart(5, '0')}`;
        const runs = await cut(part, { x, y }, TEST, join(folder, 'test_img', `${id}.tif`));
        test.push([id, `./test_img/${id}.tif`, runs]);
      }
    }
  }
  const write = (name, header, rows) => writeFile(join(folder, name), csv(header, rows));
  await write('train.csv', 'img_id,img_path,mask_rle', train);
  await write(
    'test.csv',
    'img_id,img_path',
    test.map(([id, path]) => [id, path]),
  );
  await write(
    'sample_submission.csv',
    'img_id,mask_rle',
    test.map(([id]) => [id, '-1']),
  );
  const truth = test.map(([id, , runs]) => [id, runs]);
  await write(
    'public.csv',
    'img_id,mask_rle',
    truth.filter((_, i) => i % 2 === 0),
  );
  await write(
    'private.csv',
    'img_id,mask_rle',
    truth.filter((_, i) => i % 2 === 1),
  );
}
