import { ops, type Tensor, tensor } from '../../engine/index.ts';
import { TensorCache } from './tensor-cache.ts';
import { relativePositionIndex, shiftedWindowMask, windowPartition, windowReverse } from './window.ts';

/** Height and width of a map, in cells. */
type Size = readonly [height: number, width: number];

/**
 * The part of a Swin block that is the same under every naming of its parameters: padding, cyclic shift, windows,
 * attention with relative position bias, and back.
 *
 * @see Liu et al., "Swin Transformer", 2021
 */
export class WindowAttentionPlan {
  readonly window: number;
  readonly shift: number;
  readonly heads: number;
  readonly #cache = new TensorCache();

  /** @param shift cells by which the map is rolled before it is cut; 0 in every first block of two */
  constructor(window: number, shift: number, heads: number) {
    this.window = window;
    this.shift = shift;
    this.heads = heads;
  }

  /** `[N, H, W, C]` padded with zeros to whole windows, shifted, and cut: `[N·windows, window², C]`. */
  cut(map: Tensor): Tensor {
    const [, height, width] = map.shape as [number, number, number, number];
    const right = this.#padding(width);
    const bottom = this.#padding(height);
    let x = right > 0 || bottom > 0 ? ops.pad(map, [0, 0, 0, right, 0, bottom]) : map;
    if (this.shift > 0) x = ops.roll(x, [-this.shift, -this.shift], [1, 2]);
    return windowPartition(x, this.window);
  }

  /** The inverse of {@link cut}: `[N, height, width, C]`. */
  join(windows: Tensor, [height, width]: Size): Tensor {
    const rows = height + this.#padding(height);
    const columns = width + this.#padding(width);
    let map = windowReverse(windows, this.window, rows, columns);
    if (this.shift > 0) map = ops.roll(map, [this.shift, this.shift], [1, 2]);
    if (rows > height) map = ops.narrow(map, 1, 0, height);
    if (columns > width) map = ops.narrow(map, 2, 0, width);
    return map;
  }

  /**
   * Attention within windows.
   *
   * @param heads query, key and value, each `[N·windows, heads, window², d]`
   * @param table learned biases `[(2·window − 1)², heads]`
   * @param size of the map before padding
   */
  attend(
    [query, key, value]: readonly [Tensor, Tensor, Tensor],
    table: Tensor,
    size: Size,
    dropout: number,
  ): Tensor {
    const bias = this.#bias(table);
    if (this.shift === 0) return ops.scaledDotProductAttention(query, key, value, { mask: bias, dropout });
    const mask = ops.add(bias, this.#shiftMask(size, query));
    const [windows, , area] = mask.shape as [number, number, number, number];
    const batch = query.shape[0]! / windows;
    if (batch === 1) return ops.scaledDotProductAttention(query, key, value, { mask, dropout });
    const repeated = ops.expand(ops.unsqueeze(mask, 0), [batch, windows, this.heads, area, area]);
    return ops.scaledDotProductAttention(query, key, value, { mask: ops.flatten(repeated, 0, 1), dropout });
  }

  /** `[1, heads, window², window²]` */
  #bias(table: Tensor): Tensor {
    const area = this.window * this.window;
    const index = this.#cache.get('index', table, () => tensor(relativePositionIndex(this.window)));
    const rows = ops.reshape(ops.indexSelect(table, 0, index), [area, area, this.heads]);
    return ops.unsqueeze(ops.contiguous(ops.permute(rows, [2, 0, 1])), 0);
  }

  /** `[windows, 1, window², window²]` */
  #shiftMask([height, width]: Size, like: Tensor): Tensor {
    const rows = height + this.#padding(height);
    const columns = width + this.#padding(width);
    const make = () => ops.unsqueeze(shiftedWindowMask(rows, columns, this.window, this.shift), 1);
    return this.#cache.get(`mask ${rows}×${columns}`, like, make, like.dtype);
  }

  #padding(length: number): number {
    return (this.window - (length % this.window)) % this.window;
  }
}
