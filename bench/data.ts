import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createGeoTiff, pixelBlock, readRasterInfo, writeMosaic } from '../src/raster/index.ts';
import { makeScene } from './scene.ts';
import { BANDS, CLASSES } from './subjects/network.ts';

/** Where the bench keeps what it makes; safe to delete. */
export const folder = resolve(import.meta.dirname, '..', 'build', 'bench');

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
  const rows = 512;
  for (let y = 0; y < height; y += rows) {
    const strip = Math.min(rows, height - y);
    const { pixels } = makeScene({ bands, classes: CLASSES }, { width, height: strip }, seed, y);
    await writer.write(pixelBlock(pixels, bands, strip, width), 0, y);
  }
  await writer.close();
}

/** A raster of five bands; made once. */
export async function bigRaster(width: number, height: number): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `scene-${width}x${height}.tif`);
  if (!existsSync(path)) await writeRaster(path, BANDS, height, width, 1);
  return path;
}

/** A raster of five bands that shows one scene `count × count` times: large at once. */
export async function repeatedRaster(side: number, count: number): Promise<string> {
  const scene = await bigRaster(side, side);
  const path = join(folder, `scene-${side}x${side}-${count}-times.vrt`);
  const places = Array.from({ length: count * count }, (_, i) => [i % count, Math.floor(i / count)] as const);
  const { blockSize } = await readRasterInfo(scene);
  const sources = places.map(([x, y]) => ({
    path: scene,
    window: { x: x * side, y: y * side, width: side, height: side },
    ...{ blockSize, palette: false },
  }));
  const size = { width: side * count, height: side * count, crs: null, geoTransform: null };
  const mosaic = { ...size, bandCount: BANDS, dataType: 'uint8' as const, noData: null, sources };
  await writeMosaic(path, mosaic, { overwrite: true });
  return path;
}

/** A list of patches of 5 × 512 × 512 with masks of classes 1 to 19; made once. */
export async function patchList(count: number): Promise<string> {
  const patches = join(folder, 'scenes');
  mkdirSync(patches, { recursive: true });
  const list = join(patches, `list-${count}.csv`);
  if (existsSync(list)) return list;
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    const [image, mask] = [join(patches, `IMG_${i}.tif`), join(patches, `MSK_${i}.tif`)];
    await writeRaster(image, BANDS, 512, 512, i);
    const scene = makeScene({ bands: BANDS, classes: CLASSES }, { width: 512, height: 512 }, i);
    const classes = scene.classes.map((value) => value + 1);
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
