import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Random } from '../../src/core/index.ts';
import { createGeoTiff, pixelBlock } from '../../src/raster/index.ts';

/** A generated data set laid out as FLAIR is. */
export interface FlairDataset {
  readonly folder: string;
  /** CSV lists with paths as IGN writes them, relative to {@link folder}. */
  readonly train: string;
  readonly validation: string;
  readonly test: string;
  readonly metadata: string;
  /** Number of classes that the masks show: values 1 to this. */
  readonly classes: number;
}

interface DatasetOptions {
  /** Side of a patch, in pixels. */
  readonly size?: number;
  /** Patches for training, validation and test. */
  readonly counts?: readonly [number, number, number];
  readonly classes?: number;
}

const CLASSES = 4;
const BANDS = 5;

/** Rectangles of classes, each class with a colour of its own in the five bands. */
function drawPatch(random: Random, size: number, classes: number): { image: Uint8Array; mask: Uint8Array } {
  const mask = new Uint8Array(size * size).fill(1 + random.below(classes));
  for (let i = 0; i < 5; i++) {
    const value = 1 + random.below(classes);
    const [x, y] = [random.below(size - 8), random.below(size - 8)];
    const [width, height] = [8 + random.below(size / 2), 8 + random.below(size / 2)];
    for (let row = y; row < Math.min(size, y + height); row++) {
      mask.fill(value, row * size + x, row * size + Math.min(size, x + width));
    }
  }
  const image = new Uint8Array(BANDS * size * size);
  for (let band = 0; band < BANDS; band++) {
    for (let pixel = 0; pixel < mask.length; pixel++) {
      const shade = 30 + ((mask[pixel]! * (37 + 23 * band)) % 190);
      image[band * mask.length + pixel] = Math.min(255, shade + random.below(20));
    }
  }
  return { image, mask };
}

const CAMERAS = ['UCE-M3-f120-s06', 'CAMERA#030'];

/**
 * Writes patches of five bands (uint8, EPSG:2154, 0.2 m), masks counted from 1, the metadata file and the three lists:
 * `flair_aerial_train/D004_2021/Z1_NN/img/IMG_000001.tif` and so on.
 */
export async function makeFlairDataset(
  folder: string,
  { size = 64, counts = [6, 2, 3], classes = CLASSES }: DatasetOptions = {},
): Promise<FlairDataset> {
  const metadata: Record<string, unknown> = {};
  const lists: string[] = [];
  let number = 0;
  for (const [set, count] of counts.entries()) {
    const [images, masks] = [
      ['flair_aerial_train', 'flair_labels_train'],
      ['flair_aerial_train', 'flair_labels_train'],
      ['flair_1_aerial_test', 'flair_1_labels_test'],
    ][set]!;
    const domain = ['D004_2021', 'D014_2020', 'D012_2019'][set]!;
    const lines: string[] = [];
    for (let i = 0; i < count; i++) {
      number++;
      const id = String(number).padStart(6, '0');
      const zone = `${domain}/Z${1 + (i % 2)}_UN`;
      const image = `${images}/${zone}/img/IMG_${id}.tif`;
      const mask = `${masks}/${zone}/msk/MSK_${id}.tif`;
      const drawn = drawPatch(new Random(set, i), size, classes);
      const [left, top] = [650000 + number * size * 0.2, 6860000];
      const grid = {
        ...{ width: size, height: size, crs: 'EPSG:2154' },
        geoTransform: [left, 0.2, 0, top, 0, -0.2] as const,
        dataType: 'uint8' as const,
      };
      for (const [path, data, bands] of [
        [image, drawn.image, BANDS],
        [mask, drawn.mask, 1],
      ] as const) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        const writer = await createGeoTiff(join(folder, path), { ...grid, bands, blockSize: 64 });
        await writer.write(pixelBlock(data, bands, size, size), 0, 0);
        await writer.close();
      }
      metadata[`IMG_${id}`] = {
        patch_centroid_x: left + size * 0.1,
        patch_centroid_y: top - size * 0.1,
        patch_centroid_z: 100 + number,
        date: `20${18 + (number % 4)}-0${1 + (number % 9)}-1${number % 10}`,
        time: `1${number % 8}h30`,
        camera: CAMERAS[number % 2],
      };
      lines.push(`${image},${mask}`);
    }
    const list = join(folder, `${['train', 'val', 'test'][set]}.csv`);
    writeFileSync(list, `${lines.join('\n')}\n`);
    lists.push(list);
  }
  const metadataFile = join(folder, 'flair_aerial_metadata.json');
  writeFileSync(metadataFile, JSON.stringify(metadata));
  const [train, validation, test] = lists as [string, string, string];
  return { folder, train, validation, test, metadata: metadataFile, classes };
}
