// A small invented country: parcels, roads, rivers, hedges and houses, each with a spectral signature. Aerial patches (1.6 m)
// and Sentinel-2 images (10 m) are two views of the same ground.
import { Random } from 'arpent/core';

/**
 * What a class of FLAIR looks like: reflectances of red, green, blue and infrared, height in metres, how green it turns in
 * summer (0 to 1), and the period of its rows in metres (0: none).
 */
const ground = (red, green, blue, infrared, height = 0, summer = 0, rows = 0) => ({
  ...{ red, green, blue, infrared, height, summer, rows },
});

/** By the value in FLAIR's masks, counted from 1. Several pairs differ in one band alone: so different bands help different classes. */
export const SIGNATURES = [
  undefined,
  ground(0.42, 0.38, 0.36, 0.38, 9), // building: like asphalt, but high
  ground(0.5, 0.46, 0.38, 0.48), // pervious surface
  ground(0.4, 0.38, 0.37, 0.36), // impervious surface
  ground(0.56, 0.43, 0.3, 0.58), // bare soil
  ground(0.1, 0.16, 0.2, 0.04), // water
  ground(0.1, 0.17, 0.11, 0.3, 15, 0.1), // coniferous: like deciduous without much infrared
  ground(0.13, 0.21, 0.11, 0.66, 12, 0.8), // deciduous
  ground(0.24, 0.28, 0.16, 0.44, 2, 0.3), // brushwood
  ground(0.32, 0.33, 0.22, 0.46, 1, 0.5, 5), // vineyard
  ground(0.25, 0.37, 0.18, 0.56, 0, 0.5), // herbaceous vegetation
  ground(0.32, 0.42, 0.2, 0.7, 0, 1, 9), // agricultural land
  ground(0.44, 0.35, 0.27, 0.42, 0, 0, 9), // plowed land
  ground(0.3, 0.62, 0.68, 0.1), // swimming pool
];

/** How often the classes stand on parcels, by the first letter of a zone's kind: urban, natural, agricultural, forest. */
const MIXTURES = {
  U: { 1: 5, 2: 3, 3: 3, 4: 1, 10: 4, 7: 2, 13: 1 },
  N: { 4: 2, 5: 2, 6: 2, 7: 3, 8: 4, 10: 3 },
  A: { 8: 1, 9: 4, 10: 3, 11: 5, 12: 4, 2: 1 },
  F: { 6: 4, 7: 4, 8: 2, 10: 1, 4: 1 },
};

const PARCEL = 42;

function drawFrom(mixture, random) {
  const entries = Object.entries(mixture);
  let left = random.uniform() * entries.reduce((sum, [, share]) => sum + share, 0);
  for (const [value, share] of entries) {
    left -= share;
    if (left < 0) return Number(value);
  }
  return Number(entries[0][0]);
}

/** A parcel of the grid: its crooked centre, its class, its own brightness and the direction of its rows. */
function parcel(seed, kind, column, row) {
  const random = new Random(seed, column + 1000, row + 1000);
  const letter = kind[random.below(kind.length)];
  return {
    x: (column + random.between(0.15, 0.85)) * PARCEL,
    y: (row + random.between(0.15, 0.85)) * PARCEL,
    value: drawFrom(MIXTURES[letter], random),
    brightness: random.between(0.85, 1.15),
    angle: random.between(0, Math.PI),
  };
}

/**
 * The ground of a zone.
 * @param {number} seed
 * @param {string} kind two of U, N, A, F, as in FLAIR's names of zones
 * @returns {(x: number, y: number) => { value: number, brightness: number }} what lies at a place, in metres east and south
 */
export function landscape(seed, kind) {
  const parcels = new Map();
  const parcelAt = (column, row) => {
    const key = `${column} ${row}`;
    if (!parcels.has(key)) parcels.set(key, parcel(seed, kind, column, row));
    return parcels.get(key);
  };
  const random = new Random(seed, 7);
  const [bend, phase, river] = [random.between(60, 140), random.between(0, 6), random.between(40, 160)];
  const [roadX, roadY] = [random.between(30, 250), random.between(30, 170)];
  const hasRiver = kind.includes('N') || random.chance(0.4);
  return (x, y) => {
    if (hasRiver && Math.abs(y - river - 25 * Math.sin(x / bend + phase)) < 9)
      return { value: 5, brightness: 1 };
    if (Math.abs(x - roadX - y / 9) < 5 || Math.abs(y - roadY + x / 11) < 4)
      return { value: 3, brightness: 1 };
    const [column, row] = [Math.floor(x / PARCEL), Math.floor(y / PARCEL)];
    let nearest = parcelAt(column, row);
    let least = Number.POSITIVE_INFINITY;
    for (let i = -1; i <= 1; i++) {
      for (let j = -1; j <= 1; j++) {
        const candidate = parcelAt(column + i, row + j);
        const distance = (candidate.x - x) ** 2 + (candidate.y - y) ** 2;
        if (distance < least) [least, nearest] = [distance, candidate];
      }
    }
    const { rows } = SIGNATURES[nearest.value];
    const across = x * Math.cos(nearest.angle) + y * Math.sin(nearest.angle);
    const stripes = rows === 0 ? 1 : 1 + 0.18 * Math.sign(Math.sin((2 * Math.PI * across) / rows));
    // Houses and pools stand in the middle of their parcels, with a garden around them.
    const garden = least > ({ 1: 15, 13: 7 }[nearest.value] ?? Number.POSITIVE_INFINITY) ** 2;
    return { value: garden ? 10 : nearest.value, brightness: nearest.brightness * stripes };
  };
}
