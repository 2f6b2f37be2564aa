/** A planar picture of any number of planes. */
export interface Planes {
  readonly values: Float32Array | Uint8Array | BigInt64Array | Int32Array;
  readonly width: number;
  readonly height: number;
}

/** Where the samples of one side lie: the two neighbours of each, and the share of the second. */
function neighbours(from: number, to: number, smooth: boolean) {
  return Array.from({ length: to }, (_, i) => {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    const low = Math.floor(at);
    return smooth
      ? { low, high: Math.min(from - 1, low + 1), share: at - low }
      : { low: Math.floor((i * from) / to), high: 0, share: 0 };
  });
}

/** Rows and columns of the larger picture in the smaller one, which lies in its middle; beyond its border the border. */
function centred(from: number, to: number) {
  const inset = (to - from) / 2;
  return Array.from({ length: to }, (_, i) => {
    return { low: Math.min(from - 1, Math.max(0, i - inset)), high: 0, share: 0 };
  });
}

/**
 * Brings an answer to the size of its images. One of a half, a quarter, … of the size is a coarser picture of the whole image
 * and is interpolated as PyTorch does; any other smaller one, of networks that pad nothing, is the middle of the image, as
 * Deepness takes it.
 * @returns null where neither can be
 */
export function fullSize(
  { values, width, height }: Planes,
  to: { readonly width: number; readonly height: number },
): Planes['values'] | null {
  if (width === to.width && height === to.height) return values;
  const [x, y] = [to.width - width, to.height - height];
  const coarse = to.width % width === 0 && to.height % height === 0;
  if (!coarse && !(x >= 0 && y >= 0 && x % 2 === 0 && y % 2 === 0)) return null;
  const smooth = coarse && values instanceof Float32Array;
  const along = (from: number, size: number) =>
    coarse ? neighbours(from, size, smooth) : centred(from, size);
  const [columns, rows] = [along(width, to.width), along(height, to.height)];
  const planes = values.length / width / height;
  const result = new (values.constructor as new (length: number) => typeof values)(
    planes * to.width * to.height,
  );
  let at = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (const row of rows) {
      const [low, high] = [(plane * height + row.low) * width, (plane * height + row.high) * width];
      for (const column of columns) {
        if (!smooth) result[at++] = values[low + column.low]!;
        else {
          const source = values as Float32Array;
          const mix = (start: number) =>
            source[start + column.low]! * (1 - column.share) + source[start + column.high]! * column.share;
          result[at++] = mix(low) * (1 - row.share) + mix(high) * row.share;
        }
      }
    }
  }
  return result;
}
