import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { SentinelStatisticsError } from './errors.ts';
import type { ImageStatistics } from './image-statistics.ts';

/** The statistics of the image at a path, where there are any. */
export type StatisticsTable = (image: string) => ImageStatistics | null;

const stem = (path: string) => basename(path).replace(/\.[^.]+$/, '');

/** Whether statistics can normalise every channel: finite means, deviations above 0. */
const complete = ({ means, stds }: ImageStatistics): boolean =>
  means.every(Number.isFinite) && stds.every((std) => std > 0);

/**
 * The images that have no complete statistics of their own and are normalised by those of the data set.
 * @throws {SentinelStatisticsError}
 */
export function imagesWithoutStatistics(file: string, channels: number, images: readonly string[]): string[] {
  const table = readStatisticsTable(file, channels);
  return images.filter((image) => {
    const found = table(image);
    return found === null || !complete(found);
  });
}

/**
 * Reads the `statistics.json` of `arpent sentinel`: means and standard deviations by name of the image, as parts of full
 * brightness.
 * @throws {SentinelStatisticsError}
 */
export function readStatisticsTable(file: string, channels: number): StatisticsTable {
  let table: Record<string, ImageStatistics>;
  try {
    table = JSON.parse(readFileSync(file, 'utf8')).images;
    if (typeof table !== 'object' || table === null) throw new TypeError('no "images"');
  } catch (cause) {
    throw new SentinelStatisticsError('the statistics by image cannot be read', {
      file,
      remedy: 'give the statistics.json that `arpent sentinel` writes',
      cause,
    });
  }
  for (const [name, { means, stds }] of Object.entries(table)) {
    if (means?.length === channels && stds?.length === channels) continue;
    throw new SentinelStatisticsError(`${means?.length} means of ${name} for ${channels} channels`, {
      ...{ file, key: name },
      remedy: 'run `arpent sentinel` with one band for each channel of the network',
    });
  }
  return (image) => {
    const name = stem(image);
    return Object.hasOwn(table, name) ? table[name]! : null;
  };
}
