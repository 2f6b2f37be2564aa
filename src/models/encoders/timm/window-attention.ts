import { ops, scope, type Tensor } from '../../../engine/index.ts';
import { emptyParameter, init, Linear, Module, type Parameter } from '../../../nn/index.ts';
import { WindowAttentionPlan, windowPartition, windowReverse } from '../../attention/index.ts';

/**
 * Attention within windows of a map, shifted where asked, with a learnt bias for each offset between two cells.
 *
 * timm shifts the map before it pads it to whole windows, the authors and `transformers` after: maps that are no multiple of
 * the window come out a little different.
 */
export class ShiftedWindowAttention extends Module {
  relative_position_bias_table: Parameter;
  qkv: Linear;
  proj: Linear;
  readonly #plan: WindowAttentionPlan;

  /** @param shift cells by which the map is rolled before it is cut; 0 for not at all */
  constructor(width: number, heads: number, window: number, shift: number) {
    super();
    this.relative_position_bias_table = emptyParameter([(2 * window - 1) ** 2, heads]);
    init.truncNormal_(this.relative_position_bias_table, 0, 0.02);
    this.qkv = new Linear(width, width * 3);
    this.proj = new Linear(width, width);
    this.#plan = new WindowAttentionPlan(window, shift, heads);
  }

  /** @param x `[N, H, W, C]`; the result is alike */
  forward(x: Tensor): Tensor {
    const [, height, width] = x.shape as [number, number, number, number];
    const { window, shift } = this.#plan;
    const [bottom, right] = [height, width].map((side) => (window - (side % window)) % window) as [
      number,
      number,
    ];
    return scope(() => {
      let map = shift > 0 ? ops.roll(x, [-shift, -shift], [1, 2]) : x;
      if (bottom > 0 || right > 0) map = ops.pad(map, [0, 0, 0, right, 0, bottom]);
      const attended = this.#attend(windowPartition(map, window), [height, width]);
      map = windowReverse(attended, window, height + bottom, width + right);
      if (bottom > 0) map = ops.narrow(map, 1, 0, height);
      if (right > 0) map = ops.narrow(map, 2, 0, width);
      return shift > 0 ? ops.roll(map, [shift, shift], [1, 2]) : map;
    });
  }

  /** @param windows `[N · windows, window², C]` */
  #attend(windows: Tensor, size: readonly [number, number]): Tensor {
    const [count, cells, width] = windows.shape as [number, number, number];
    return scope(() => {
      const { heads } = this.#plan;
      const split = ops.reshape(this.qkv.forward(windows), [count, cells, 3, heads, width / heads]);
      const [query, key, value] = ops.unbind(ops.permute(split, [2, 0, 3, 1, 4]), 0);
      const table = this.relative_position_bias_table;
      const mixed = this.#plan.attend([query!, key!, value!], table, size, 0);
      return this.proj.forward(ops.reshape(ops.transpose(mixed, 1, 2), [count, cells, width]));
    });
  }
}
