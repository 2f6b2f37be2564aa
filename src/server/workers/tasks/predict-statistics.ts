import { setImmediate as turn } from 'node:timers/promises';
import { ClassCounter } from '../../../inference/map/statistics.ts';
import { rasterClasses } from '../../../workflows/index.ts';
import { TooMuchError } from '../../errors.ts';
import type { CountedArea, TaskArgs } from '../messages.ts';
import type { TaskContext } from './index.ts';
import { LiveMap } from './live-map.ts';
import { withPolygon } from './polygon-areas.ts';
import { drawingGrid } from './summary.ts';

/** Windows that one request may have predicted. */
const MOST = 144;

/** Areas by class below a polygon of the map that a model makes, counted as `arpent map --aoi --statistics` counts. */
export async function predictStatistics(
  { source, models, polygon, finishedOnly }: TaskArgs<'predict-statistics'>,
  { signal }: TaskContext,
): Promise<CountedArea> {
  const map = await LiveMap.of(source, models);
  const classes = rasterClasses(map.model.description.classes);
  // A plain image has its polygon on a plane of cells, and no square metres.
  const grid = drawingGrid(map.raster);
  return withPolygon(polygon, grid, async (areas) => {
    const places = areas.areas.flatMap(({ window }) => map.places(window));
    const counted = places.filter((place) => !finishedOnly || map.known(place) !== undefined);
    const missing = counted.filter((place) => map.known(place) === undefined).length;
    if (missing > MOST) {
      throw new TooMuchError(`this area needs ${missing} windows, ${MOST} at most are predicted at once`, {
        remedy: 'draw a smaller polygon, or make the map as a job',
      });
    }
    const counter = new ClassCounter(classes, grid, areas);
    for (const place of counted) {
      signal.throwIfAborted();
      await counter.add(await map.classes(place), place.own);
      await turn();
    }
    const [statistics] = counter.result();
    return { statistics: statistics!, covered: places.length === 0 ? 0 : counted.length / places.length };
  });
}
