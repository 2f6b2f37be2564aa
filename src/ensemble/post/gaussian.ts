/** Where a Gaussian is cut off: beyond this many deviations it is below 1/3000 of its height. */
const REACH = 4;

/**
 * Filters an image with a Gaussian of height 1 (not normalised), first along rows, then along columns; outside there is
 * nothing.
 * @param values `[height, width, depth]`; not changed
 * @param sigma in pixels
 */
export function gaussianFilter(
  values: Float32Array,
  [height, width, depth]: readonly [number, number, number],
  sigma: number,
): Float32Array {
  const reach = Math.ceil(REACH * sigma);
  const weights = Float64Array.from({ length: reach + 1 }, (_, i) =>
    Math.exp(-(i * i) / (2 * sigma * sigma)),
  );
  const row = width * depth;
  const across = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    for (let step = -Math.min(reach, width - 1); step <= Math.min(reach, width - 1); step++) {
      const weight = weights[Math.abs(step)]!;
      const [first, last] = [Math.max(0, -step), Math.min(width, width - step)];
      const end = y * row + last * depth;
      for (let to = y * row + first * depth, from = to + step * depth; to < end; to++, from++) {
        across[to]! += weight * values[from]!;
      }
    }
  }
  const result = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    for (let other = Math.max(0, y - reach); other <= Math.min(height - 1, y + reach); other++) {
      const weight = weights[Math.abs(other - y)]!;
      const [to, from] = [y * row, other * row];
      for (let i = 0; i < row; i++) result[to + i]! += weight * across[from + i]!;
    }
  }
  return result;
}
