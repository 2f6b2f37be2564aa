import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Random } from '../src/core/index.ts';
import { createGeoTiff, pixelBlock } from '../src/raster/index.ts';

/** Where the bench keeps what it makes; safe to delete. */
export const folder = resolve(import.meta.dirname, '..', 'build', 'bench');

/** Pixels with structure at several scales and a little noise, like an image and unlike random numbers. */
function texture(bands: number, height: number, width: number, random: Random): Uint8Array {
  const cells = new Uint8Array(bands * height * width);
  const waves = Array.from({ length: 6 }, (_, i) => ({
    fx: random.between(-1, 1) / 2 ** (i + 2),
    fy: random.between(-1, 1) / 2 ** (i + 2),
    phase: random.between(0, 6.3),
  }));
  let noise = 1;
  for (let band = 0, at = 0; band < bands; band++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at++) {
        let value = 110 + 10 * band;
        for (const { fx, fy, phase } of waves) value += 14 * Math.sin(fx * x + fy * y + phase + band);
        noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
        cells[at] = Math.max(0, Math.min(255, value + (noise >>> 28) - 8));
      }
    }
  }
  return cells;
}

async function writeRaster(
  path: string,
  bands: number,
  height: number,
  width: number,
  seed: number,
): Promise<void> {
  const geoTransform = [900000, 0.2, 0, 6500000, 0, -0.2] as const;
  const writer = await createGeoTiff(path, {
    width,
    height,
    bands,
    dataType: 'uint8',
    crs: null,
    geoTransform,
    overwrite: true,
  });
  const random = new Random(seed);
  const rows = 512;
  for (let y = 0; y < height; y += rows) {
    const strip = Math.min(rows, height - y);
    await writer.write(pixelBlock(texture(bands, strip, width, random), bands, strip, width), 0, y);
  }
  await writer.close();
}

/** A raster of five bands; made once. */
export async function bigRaster(width: number, height: number): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `raster-${width}x${height}.tif`);
  if (!existsSync(path)) await writeRaster(path, 5, height, width, 1);
  return path;
}

/** A list of patches of 5 × 512 × 512 with masks of classes 1 to 19; made once. */
export async function patchList(count: number): Promise<string> {
  const patches = join(folder, 'patches');
  mkdirSync(patches, { recursive: true });
  const list = join(patches, `list-${count}.csv`);
  if (existsSync(list)) return list;
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    const [image, mask] = [join(patches, `IMG_${i}.tif`), join(patches, `MSK_${i}.tif`)];
    await writeRaster(image, 5, 512, 512, i);
    const classes = Uint8Array.from(texture(1, 512, 512, new Random(i)), (value) => 1 + (value >> 4));
    const writer = await createGeoTiff(mask, {
      width: 512,
      height: 512,
      dataType: 'uint8',
      crs: null,
      geoTransform: null,
      overwrite: true,
    });
    await writer.write(pixelBlock(classes, 1, 512, 512), 0, 0);
    await writer.close();
    lines.push(`${image},${mask}`);
  }
  writeFileSync(list, `${lines.join('\n')}\n`);
  return list;
}
