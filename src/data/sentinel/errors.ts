import { ArpentError } from '../../core/index.ts';

/** A `.npy` array that is damaged or of a kind that is not read. */
export class NpyArrayError extends ArpentError {}

/** A series of Sentinel-2 images that cannot be used: missing files, shapes that do not fit. */
export class SentinelSeriesError extends ArpentError {}

/** A file of statistics by image that cannot be read, or does not fit the channels. */
export class SentinelStatisticsError extends ArpentError {}
