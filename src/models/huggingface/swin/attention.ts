import type { Tensor } from '../../../engine/index.ts';
import { Linear, Module, type Parameter, zerosParameter } from '../../../nn/index.ts';
import { mergeHeads, splitHeads, type WindowAttentionPlan } from '../../attention/index.ts';
import type { MapSize } from '../tokens.ts';
import type { SwinConfig } from './config.ts';

/** Queries, keys, values and position biases of one window attention. */
class WindowSelfAttention extends Module {
  readonly relative_position_bias_table: Parameter;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly #plan: WindowAttentionPlan;
  readonly #dropout: number;

  constructor(width: number, plan: WindowAttentionPlan, { qkvBias: bias, attentionDropout }: SwinConfig) {
    super();
    this.#plan = plan;
    this.#dropout = attentionDropout;
    this.relative_position_bias_table = zerosParameter([(2 * plan.window - 1) ** 2, plan.heads]);
    this.query = new Linear(width, width, { bias });
    this.key = new Linear(width, width, { bias });
    this.value = new Linear(width, width, { bias });
  }

  forward(windows: Tensor, size: MapSize): Tensor {
    const heads = [this.query, this.key, this.value].map((projection) => {
      return splitHeads(projection.forward(windows), this.#plan.heads);
    });
    const dropout = this.training ? this.#dropout : 0;
    const table = this.relative_position_bias_table;
    return mergeHeads(this.#plan.attend(heads as [Tensor, Tensor, Tensor], table, size, dropout));
  }
}

/** A linear layer under the name `dense`, as Hugging Face nests it. */
export class Dense extends Module {
  readonly dense: Linear;

  constructor(inFeatures: number, outFeatures: number) {
    super();
    this.dense = new Linear(inFeatures, outFeatures);
  }

  forward(x: Tensor): Tensor {
    return this.dense.forward(x);
  }
}

/** Window attention and its projection: `[N·windows, window², C]` to the same. */
export class SwinAttention extends Module {
  readonly self: WindowSelfAttention;
  readonly output: Dense;

  constructor(width: number, plan: WindowAttentionPlan, config: SwinConfig) {
    super();
    this.self = new WindowSelfAttention(width, plan, config);
    this.output = new Dense(width, width);
  }

  forward(windows: Tensor, size: MapSize): Tensor {
    return this.output.forward(this.self.forward(windows, size));
  }
}
