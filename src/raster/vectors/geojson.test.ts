import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { OutsideProjectionError } from '../errors.ts';
import { writeGeoJson } from './geojson.ts';
import type { PolygonFeature } from './polygon-layer.ts';

const folder = mkdtempSync(join(tmpdir(), 'arpent-geojson-'));
afterAll(() => rmSync(folder, { recursive: true }));

const square = (x: number, y: number): PolygonFeature[] => [
  {
    rings: [
      [
        [x, y],
        [x + 1, y],
        [x + 1, y + 1],
        [x, y],
      ],
    ],
    properties: { class: 1 },
  },
];
test('coordinates become longitude and latitude; those that have none are named', async () => {
  const layer = { name: 'classes', crs: 'EPSG:2154', fields: { class: 'integer' } } as const;
  const path = join(folder, 'classes.geojson');
  await writeGeoJson(path, layer, square(700000, 6600000));
  const [longitude, latitude] = JSON.parse(readFileSync(path, 'utf8')).features[0].geometry.coordinates[0][0];
  expect([longitude, latitude]).toEqual([expect.closeTo(3, 6), expect.closeTo(46.5, 6)]);
  const nowhere = join(folder, 'nowhere.geojson');
  await expect(writeGeoJson(nowhere, layer, square(1e30, 1e30))).rejects.toThrow(OutsideProjectionError);
});
