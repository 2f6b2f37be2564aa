import { describe, expect, test } from 'vitest';
import { Random } from '../../core/index.ts';
import { type CellPolygon, polygonizeStrips } from './polygonize.ts';
import { sieveStrips } from './sieve.ts';

/** A map of random patches of several sizes. */
function randomMap(seed: number, width: number, height: number, classes: number): Uint8Array {
  const random = new Random(seed);
  const cells = new Uint8Array(width * height);
  for (let patch = 0; patch < width; patch++) {
    const [x0, y0] = [Math.floor(width * random.uniform()), Math.floor(height * random.uniform())];
    const [radius, value] = [1 + 9 * random.uniform(), Math.floor(classes * random.uniform())];
    for (let i = 0; i < cells.length; i++) {
      if (Math.hypot((i % width) - x0, Math.floor(i / width) - y0) < radius) cells[i] = value;
    }
  }
  for (let i = 0; i < cells.length; i++) {
    if (random.uniform() < 0.05) cells[i] = Math.floor(classes * random.uniform());
  }
  return cells;
}

const reader = (cells: Uint8Array, width: number) => async (y: number, rows: number) =>
  cells.slice(y * width, (y + rows) * width);

async function polygonize(
  cells: Uint8Array,
  width: number,
  height: number,
  { rows = 7, tolerance = 0, noData = 255 } = {},
): Promise<CellPolygon[]> {
  const strips = sieveStrips(reader(cells, width), { width, height, rows, minimum: 0 });
  const polygons: CellPolygon[] = [];
  for await (const polygon of polygonizeStrips(strips, { width, height, tolerance, noData })) {
    polygons.push(polygon);
  }
  return polygons;
}

const area = (ring: Int32Array): number => {
  let sum = 0;
  for (let i = 0; i + 3 < ring.length; i += 2) sum += ring[i]! * ring[i + 3]! - ring[i + 2]! * ring[i + 1]!;
  return sum / 2;
};

const polygonArea = ({ rings }: CellPolygon): number => rings.reduce((sum, ring) => sum + area(ring), 0);

/** Whether a point lies in a polygon, by counting the sides to its right. */
function holds({ rings }: CellPolygon, px: number, py: number): boolean {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0; i + 3 < ring.length; i += 2) {
      const [x1, y1, x2, y2] = [ring[i]!, ring[i + 1]!, ring[i + 2]!, ring[i + 3]!];
      if (y1 > py !== y2 > py && px < x1 + ((py - y1) / (y2 - y1)) * (x2 - x1)) inside = !inside;
    }
  }
  return inside;
}

/** Sides of all polygons, each with how often it is walked in either direction. */
function sides(polygons: readonly CellPolygon[]): Map<string, [number, number]> {
  const counts = new Map<string, [number, number]>();
  for (const { rings } of polygons) {
    for (const ring of rings) {
      for (let i = 0; i + 3 < ring.length; i += 2) {
        const [a, b] = [`${ring[i]},${ring[i + 1]}`, `${ring[i + 2]},${ring[i + 3]}`];
        const entry = counts.get(a < b ? `${a} ${b}` : `${b} ${a}`) ?? [0, 0];
        entry[a < b ? 0 : 1]++;
        counts.set(a < b ? `${a} ${b}` : `${b} ${a}`, entry);
      }
    }
  }
  return counts;
}

const [width, height] = [61, 47];

describe.each([1, 2, 3, 4, 5, 6])('random map %i', (seed) => {
  const cells = randomMap(seed, width, height, 2 + (seed % 4));

  test.each([1, 5, 47])('without simplifying, polygons are the cells, in strips of %i', async (rows) => {
    const polygons = await polygonize(cells, width, height, { rows });
    for (const polygon of polygons) {
      expect(polygonArea(polygon)).toBe(polygon.pixels);
      expect(area(polygon.rings[0]!)).toBeGreaterThan(0);
      expect(polygon.rings.slice(1).every((ring) => area(ring) < 0)).toBe(true);
    }
    const wrong: number[] = [];
    for (let i = 0; i < cells.length; i++) {
      const [x, y] = [(i % width) + 0.5, Math.floor(i / width) + 0.5];
      const owners = polygons.filter((polygon) => holds(polygon, x, y));
      if (owners.length !== 1 || owners[0]!.value !== cells[i]) wrong.push(i);
    }
    expect(wrong).toEqual([]);
  });

  test.each([0.8, 1.5, 4])('simplified by %f, no gap and no overlap opens', async (tolerance) => {
    const plain = await polygonize(cells, width, height, { rows: 16 });
    const polygons = await polygonize(cells, width, height, { rows: 16, tolerance });
    expect(polygons).toHaveLength(plain.length);
    const points = (list: readonly CellPolygon[]) =>
      list.reduce((sum, { rings }) => sum + rings.reduce((all, ring) => all + ring.length, 0), 0);
    expect(points(polygons)).toBeLessThan(points(plain));
    // Every side inside is walked once in each direction, and areas still add up to the raster's.
    const total = polygons.reduce((sum, polygon) => sum + polygonArea(polygon), 0);
    expect(total).toBeCloseTo(width * height, 6);
    for (const polygon of polygons) expect(polygonArea(polygon)).toBeGreaterThan(0);
    let outside = 0;
    for (const [there, back] of sides(polygons).values()) {
      expect(Math.max(there, back)).toBe(1);
      if (there + back === 1) outside++;
    }
    expect(outside).toBeGreaterThan(0);
    const random = new Random(seed);
    for (let probe = 0; probe < 400; probe++) {
      const [x, y] = [random.between(0.01, width - 0.01), random.between(0.01, height - 0.01)];
      expect(polygons.filter((polygon) => holds(polygon, x, y))).toHaveLength(1);
    }
  });
});

test('cells without data form no polygon', async () => {
  const cells = randomMap(9, width, height, 3).map((value) => (value === 0 ? 255 : value));
  const polygons = await polygonize(cells, width, height);
  const covered = polygons.reduce((sum, polygon) => sum + polygonArea(polygon), 0);
  expect(covered).toBe(cells.filter((value) => value !== 255).length);
});

test('small patches go to the neighbour with most border, the same in every strip height', async () => {
  const cells = randomMap(11, width, height, 4);
  const sieve = async (rows: number, minimum: number) => {
    const result = new Uint8Array(cells.length);
    const strips = sieveStrips(reader(cells, width), { width, height, rows, minimum });
    for await (const strip of strips) result.set(strip.cells, strip.y * width);
    return result;
  };
  expect(await sieve(9, 0)).toEqual(cells);
  const whole = await sieve(height, 6);
  expect(whole).not.toEqual(cells);
  const differing = (await sieve(9, 6)).filter((value, i) => value !== whole[i]).length;
  expect(differing / cells.length).toBeLessThan(0.01);
  const small = (await polygonize(whole, width, height)).filter(({ pixels }) => pixels < 6);
  expect(small).toEqual([]);
});
