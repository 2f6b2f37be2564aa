import type { NetworkDescription } from '../inference/index.ts';

/** Says which images a network that normalises by Sentinel statistics sees by those of the data set; null where all have theirs. */
export async function sentinelRemark(
  { normalization, channels }: Pick<NetworkDescription, 'normalization' | 'channels'>,
  images: readonly string[],
): Promise<string | null> {
  if (normalization.kind !== 'sentinel') return null;
  const { imagesWithoutStatistics } = await import('../data/index.ts');
  const without = imagesWithoutStatistics(normalization.file, channels.length, images);
  return without.length === 0 ? null : missingStatisticsText(without, images.length);
}

/** `3 of 84 images have no Sentinel statistics of their own …`, with the first names. */
export function missingStatisticsText(images: readonly string[], of: number): string {
  const shown = images.slice(0, 3).join(', ');
  return (
    `${images.length} of ${of} images have no Sentinel statistics of their own and are normalised by the means and stds of the ` +
    `configuration: ${shown}${images.length > 3 ? ', …' : ''}`
  );
}
