import { ClassCounter } from '../../../inference/map/statistics.ts';
import { blockWindows, intersectWindows } from '../../../raster/index.ts';
import { rasterClasses } from '../../../workflows/index.ts';
import type { CountedArea, TaskArgs } from '../messages.ts';
import { openSource } from './open-source.ts';
import { withPolygon } from './polygon-areas.ts';
import { drawingGrid } from './summary.ts';

/** Rows read at once. */
const ROWS = 512;

/** Areas by class below a polygon of a finished map. */
export async function countMapClasses({
  source,
  classes,
  polygon,
}: TaskArgs<'count-classes'>): Promise<CountedArea> {
  const raster = await openSource(source);
  const grid = drawingGrid(raster);
  return withPolygon(polygon, grid, async (areas) => {
    const named = rasterClasses(classes.map((each) => ({ ...each, weight: 1 })));
    const counter = new ClassCounter(named, grid, areas);
    for (const window of blockWindows(raster, { width: 2048, height: ROWS })) {
      if (!areas.areas.some((area) => intersectWindows(area.window, window) !== null)) continue;
      const { data } = await raster.read({ ...window, bands: [1] });
      await counter.add(Uint8Array.from(data), window);
    }
    return { statistics: counter.result()[0]!, covered: 1 };
  });
}
