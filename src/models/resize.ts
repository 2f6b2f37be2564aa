import { ops, type Tensor } from '../engine/index.ts';

/** How maps are resized. */
export interface ResizeOptions {
  readonly mode: 'nearest' | 'bilinear';
  /** Whether the corners' centres coincide; for bilinear. */
  readonly alignCorners?: boolean;
}

/**
 * Brings a map to a height and width. Doublings are passed on as factors, so that an exported graph follows the size of its
 * input; a map that has the size already is returned as it is.
 */
export function resizeTo(x: Tensor, height: number, width: number, options: ResizeOptions): Tensor {
  const [, , rows, columns] = x.shape as [number, number, number, number];
  if (rows === height && columns === width) return x;
  const { mode, alignCorners = false } = options;
  const factor = height / rows;
  const doubles = Number.isInteger(Math.log2(factor)) && factor > 1 && width === columns * factor;
  if (doubles) return ops.interpolate(x, { scaleFactor: factor, mode, alignCorners });
  return ops.interpolate(x, { size: [height, width], mode, alignCorners });
}

/** Enlarges a map by a whole factor. */
export function enlarge(x: Tensor, factor: number, { mode, alignCorners = false }: ResizeOptions): Tensor {
  return ops.interpolate(x, { scaleFactor: factor, mode, alignCorners });
}
