// The Sentinel-2 series of a zone in FLAIR-2's layout: images, snow and cloud probabilities, names of products.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Random } from 'arpent/core';
import { encodeNpy } from 'arpent/data';
import { SIGNATURES } from './landscape.mjs';

/** Metres of a pixel. */
const CELL = 10;
/** Days of the year that the satellite passes. */
const DAYS = ['0112', '0221', '0318', '0409', '0514', '0603', '0718', '0822', '0916', '1105'];
const [SNOW, CLOUD] = [0, 1];

/** Reflectances of B2, B3, B4, B5, B6, B7, B8, B8A, B11, B12 on a day; `summer` from -1 (January) to 1 (July). */
function reflectances({ red, green, blue, infrared, summer: greening }, summer) {
  const leaves = greening * summer;
  const [r, near] = [red * (1 - 0.25 * leaves), infrared * (1 + 0.3 * leaves)];
  const between = (share) => r + share * (near - r);
  return [blue, green, r, between(0.3), between(0.8), between(0.95), near, near, between(0.4), r].map(
    (value) => 0.55 * value,
  );
}

/** A cover of clouds or snow: percent at each pixel, over a share of the image that hangs on a soft random field. */
function cover(random, height, width, share) {
  const [a, b, c] = [random.between(0.1, 0.3), random.between(0.1, 0.3), random.between(0, 6)];
  const field = Float64Array.from({ length: height * width }, (_, pixel) => {
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    return Math.sin(a * x + c) + Math.cos(b * y - c) + 0.2 * random.normal();
  });
  const from = [...field].sort((p, q) => q - p)[Math.min(field.length - 1, Math.floor(share * field.length))];
  return field.map((value) => (share > 0 && value >= from ? 60 + random.below(41) : random.below(12)));
}

/**
 * Writes `SEN2_sp_<zone>_data.npy`, `_masks.npy` and `_products.txt`.
 * @param ground from `landscape`
 * @param origin upper left of the super-patch within the zone, in metres east and south
 * @param size rows and columns, in pixels of 10 m
 * @param weather `clouded` for a series without a clear day, `unnamed` for one whose second product names no day
 */
export async function writeSeries({ folder, name, ground, origin, size, year, seed, weather = 'usual' }) {
  const random = new Random(...seed);
  const [height, width] = size;
  const plane = height * width;
  const data = new Uint16Array(DAYS.length * 10 * plane);
  const masks = new Uint8Array(DAYS.length * 2 * plane);
  // A pixel of 10 m sees the mean of the ground below it.
  const classes = Array.from({ length: plane }, (_, pixel) => {
    const [x, y] = [origin[0] + (pixel % width) * CELL, origin[1] + Math.floor(pixel / width) * CELL];
    return [2, 5, 8].flatMap((dy) => [2, 5, 8].map((dx) => ground(x + dx, y + dy)));
  });
  for (const [date, day] of DAYS.entries()) {
    const summer = -Math.cos((2 * Math.PI * (Number(day.slice(0, 2)) - 1)) / 12);
    const spectra = SIGNATURES.map((signature) => signature && reflectances(signature, summer));
    const cloudy = weather === 'clouded' ? 1 : random.chance(0.4) ? random.between(0.1, 0.9) : 0;
    const snowy = date < 2 && random.chance(0.3) ? random.between(0.3, 0.8) : 0;
    const [clouds, snow] = [cover(random, height, width, cloudy), cover(random, height, width, snowy)];
    for (let pixel = 0; pixel < plane; pixel++) {
      masks[(2 * date + SNOW) * plane + pixel] = snow[pixel];
      masks[(2 * date + CLOUD) * plane + pixel] = clouds[pixel];
      const white = clouds[pixel] >= 60 || snow[pixel] >= 60;
      for (let band = 0; band < 10; band++) {
        let sum = 0;
        for (const { value, brightness } of classes[pixel]) sum += spectra[value][band] * brightness;
        const light = (white ? 0.7 : sum / 9) + 0.008 * random.normal();
        data[(date * 10 + band) * plane + pixel] = Math.max(1, Math.round(10_000 * light));
      }
    }
  }
  const products = DAYS.map((day, date) => {
    const time = `${year}${day}T105021`;
    return weather === 'unnamed' && date === 1
      ? 'product without a name'
      : `S2A_MSIL2A_${time}_N0500_R051_T31TCJ_${time}`;
  });
  await mkdir(folder, { recursive: true });
  const start = join(folder, `SEN2_sp_${name}`);
  const shape = (layers) => [DAYS.length, layers, height, width];
  await writeFile(`${start}_data.npy`, encodeNpy({ shape: shape(10), data }));
  await writeFile(`${start}_masks.npy`, encodeNpy({ shape: shape(2), data: masks }));
  await writeFile(`${start}_products.txt`, products.map((line) => `${line}\n`).join(''));
}
