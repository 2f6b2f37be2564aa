import type { ImageFormat } from '../tiff/image.ts';
import { AverageReducer } from './average.ts';
import { MajorityReducer } from './majority.ts';
import type { RowReducer } from './reducer.ts';

/** How reduced copies are made: by majority for classes, by the mean for measured values. */
export type OverviewKind = 'majority' | 'average';

/**
 * What shrinks a band of `width` columns.
 *
 * @param values for `majority`: how many different values there may be.
 */
export function newReducer(
  kind: OverviewKind,
  width: number,
  levels: number,
  { dataType, noData }: Pick<ImageFormat, 'dataType' | 'noData'>,
  values: number,
): RowReducer {
  return kind === 'majority'
    ? new MajorityReducer(width, levels, dataType, noData, values)
    : new AverageReducer(width, levels, dataType, noData);
}
