// Aerial patches of the invented country, in FLAIR's layout: five bands (red, green, blue, infrared, height), masks from 1.
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Random } from 'arpent/core';
import { createGeoTiff, pixelBlock } from 'arpent/raster';
import { SIGNATURES } from './landscape.mjs';

/** Metres of a pixel, and pixels of a patch: 102.4 m on the ground as in FLAIR, with an eighth of its pixels a side. */
export const CELL = 1.6;
export const SIDE = 64;
export const PATCH = CELL * SIDE;

/** One unit of the height band, in metres. */
const HEIGHT_UNIT = 0.2;

async function write(path, data, bands, [west, north]) {
  await mkdir(dirname(path), { recursive: true });
  const writer = await createGeoTiff(path, {
    ...{ width: SIDE, height: SIDE, bands, dataType: 'uint8', crs: 'EPSG:2154', blockSize: 64 },
    ...{ geoTransform: [west, CELL, 0, north, 0, -CELL], interleave: 'band', rgb: false, overwrite: true },
  });
  await writer.write(pixelBlock(data, bands, SIDE, SIDE), 0, 0);
  await writer.close();
}

/** How a camera on its day renders reflectances: a gain a band, haze, grain. Every domain has its own. */
export function cameraOf(domain) {
  const random = new Random(domain, 31);
  return {
    gains: Array.from({ length: 4 }, () => random.between(0.94, 1.06)),
    haze: random.between(0, 0.02),
  };
}

/**
 * Draws a patch and writes its image and its mask.
 * @param ground from `landscape`
 * @param place west and north border of the patch within its zone, in metres east and south
 */
export async function writePatch({ ground, place, corner, camera, seed, image, mask }) {
  const random = new Random(...seed);
  const plane = SIDE * SIDE;
  const [bands, values] = [new Uint8Array(5 * plane), new Uint8Array(plane)];
  for (let pixel = 0; pixel < plane; pixel++) {
    const x = place[0] + ((pixel % SIDE) + 0.5) * CELL;
    const y = place[1] + (Math.floor(pixel / SIDE) + 0.5) * CELL;
    const { value, brightness } = ground(x, y);
    const { red, green, blue, infrared, height } = SIGNATURES[value];
    values[pixel] = value;
    for (const [band, reflectance] of [red, green, blue, infrared].entries()) {
      const light = camera.gains[band] * reflectance * brightness + camera.haze + 0.035 * random.normal();
      bands[band * plane + pixel] = Math.max(0, Math.min(255, Math.round(255 * light)));
    }
    const metres = Math.max(0, height * (1 + 0.15 * random.normal()) + 0.3 * random.normal());
    bands[4 * plane + pixel] = Math.min(255, Math.round(metres / HEIGHT_UNIT));
  }
  await write(image, bands, 5, corner);
  await write(mask, values, 1, corner);
}
