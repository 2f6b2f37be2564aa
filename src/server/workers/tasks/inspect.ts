import { geoToPixel } from '../../../raster/index.ts';
import { BadRequestError } from '../../errors.ts';
import type { Inspection, TaskArgs } from '../messages.ts';
import { LiveMap } from './live-map.ts';
import { openSource } from './open-source.ts';
import { drawingGrid } from './summary.ts';

/** Cell values and class probabilities at a place, in the coordinates of the raster's extent. */
export async function inspect({ source, models, x, y }: TaskArgs<'inspect'>): Promise<Inspection> {
  const raster = await openSource(source);
  const [column, row] = geoToPixel(drawingGrid(raster).geoTransform!, x, y).map(Math.floor) as [
    number,
    number,
  ];
  if (column < 0 || row < 0 || column >= raster.width || row >= raster.height) {
    throw new BadRequestError('this place lies beside the raster', { remedy: 'choose a place on it' });
  }
  const cell = { x: column, y: row, width: 1, height: 1 };
  const { data } = await raster.read(cell);
  const valid = (await raster.readValidity(cell)).data[0] === 1;
  const answers: { probabilities: number[]; best: number }[] = [];
  for (const chosen of models) {
    const probabilities = Array.from(await (await LiveMap.of(source, chosen)).probabilities(column, row));
    answers.push({ probabilities, best: probabilities.indexOf(Math.max(...probabilities)) });
  }
  return { column, row, values: Array.from(data), valid, models: answers };
}
