/** Mean and standard deviation of each channel of one image; NaN where nothing is known. */
export interface ImageStatistics {
  readonly means: readonly number[];
  readonly stds: readonly number[];
}

/**
 * Mean and population standard deviation of each channel, over time and space; values that are not numbers are left out.
 * @param data `[steps, channels, pixels]`
 */
export function imageStatistics(data: Float64Array, steps: number, channels: number): ImageStatistics {
  const pixels = steps === 0 ? 0 : data.length / steps / channels;
  const means: number[] = [];
  const stds: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    const parts = Array.from({ length: steps }, (_, step) => {
      const start = (step * channels + channel) * pixels;
      return data.subarray(start, start + pixels);
    });
    const values = parts.flatMap((part) => [...part].filter(Number.isFinite));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    means.push(mean);
    stds.push(Math.sqrt(squares / values.length));
  }
  return { means, stds };
}
