import type { ImageStatistics } from './image-statistics.ts';

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * What images have on average: the mean of their means and of their standard deviations, by channel. Images without a Sentinel
 * patch are best normalised by these: they are of the size that the network has learned from.
 * @returns null where no image has statistics.
 */
export function typicalStatistics(images: readonly ImageStatistics[]): ImageStatistics | null {
  const [first] = images;
  if (first === undefined) return null;
  const channels = [...first.means.keys()];
  return {
    means: channels.map((channel) => meanOf(images.map(({ means }) => means[channel]!))),
    stds: channels.map((channel) => meanOf(images.map(({ stds }) => stds[channel]!))),
  };
}
