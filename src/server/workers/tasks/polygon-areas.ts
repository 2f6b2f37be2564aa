import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AreasOfInterest, type Grid, openAreas } from '../../../raster/index.ts';
import type { Rings } from '../messages.ts';

/**
 * Lays a drawn polygon on a raster as `arpent map --aoi` lays those of files. It goes through a file of well-known text,
 * the one vector format that states no CRS of its own: its coordinates are the raster's.
 */
export async function withPolygon<Result>(
  rings: Rings,
  grid: Grid,
  use: (areas: AreasOfInterest) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'arpent-polygon-'));
  try {
    const text = rings.map((ring) => `(${ring.map(([x, y]) => `${x} ${y}`).join(', ')})`).join(', ');
    const path = join(folder, 'polygon.csv');
    await writeFile(path, `WKT,name\n"POLYGON (${text})",drawn\n`);
    const areas = await openAreas(path, grid);
    try {
      return await use(areas);
    } finally {
      await areas.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
