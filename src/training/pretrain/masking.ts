import { InvalidArgumentError, type Random } from '../../core/index.ts';
import { ops, scope, type Tensor, tensor } from '../../engine/index.ts';

/** What of an image is hidden. */
export interface MaskingOptions {
  /** Side of the squares that are hidden as a whole, in pixels. SimMIM: 32. */
  readonly patch: number;
  /** Share of the squares that is hidden, between 0 and 1. SimMIM: 0.6. */
  readonly ratio: number;
}

/** Which of `count` squares are hidden: a random choice of ⌈count · ratio⌉ of them, as ones among zeros. */
export function drawHidden(random: Random, count: number, ratio: number): Float32Array {
  const hidden = new Float32Array(count);
  const order = random.shuffle(Array.from({ length: count }, (_, place) => place));
  for (const place of order.slice(0, Math.ceil(count * ratio))) hidden[place] = 1;
  return hidden;
}

/**
 * Masks of a batch, one drawn for each image: 1 where a pixel is hidden, `[N, 1, H, W]`.
 *
 * @param images `[N, C, H, W]`, height and width multiples of the square's side
 * @throws InvalidArgumentError for other sizes
 */
export function drawMasks(images: Tensor, random: Random, { patch, ratio }: MaskingOptions): Tensor {
  const [batch, , height, width] = images.shape as [number, number, number, number];
  if (height % patch !== 0 || width % patch !== 0) {
    throw new InvalidArgumentError(`${height} × ${width} pixels cannot be cut into squares of ${patch}`, {
      remedy: 'choose images (or a crop) whose sides are multiples of the square’s',
    });
  }
  const [rows, columns] = [height / patch, width / patch];
  const cells = new Float32Array(batch * rows * columns);
  for (let n = 0; n < batch; n++) {
    cells.set(drawHidden(random.fork(n), rows * columns, ratio), n * rows * columns);
  }
  return scope(() => {
    const grid = tensor(cells, [batch, 1, rows, columns]).to({ device: images.device });
    return ops.interpolate(grid, { size: [height, width], mode: 'nearest' });
  });
}
