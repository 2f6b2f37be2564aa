export { type Composite, type CompositeKind, composite, datesByMonth } from './composites.ts';
export { clearDates, coverOf, type DateFilter } from './date-filter.ts';
export * from './errors.ts';
export { type ImageStatistics, imageStatistics } from './image-statistics.ts';
export { decodeNpy, encodeNpy, type NpyArray } from './npy-array.ts';
export {
  type Centroids,
  cutWindow,
  type PatchWindow,
  pixelsOutside,
  readCentroids,
  windowAround,
} from './patch-window.ts';
export { type ProductDate, productDate, productDates } from './product-dates.ts';
export {
  type SentinelOptions,
  type SentinelPatch,
  sentinelName,
  sentinelPatches,
} from './sentinel-patches.ts';
export { imagesWithoutStatistics, readStatisticsTable, type StatisticsTable } from './statistics-table.ts';
export { readTimeSeries, type TimeSeries } from './time-series.ts';
export { typicalStatistics } from './typical-statistics.ts';
