import { ops, scope, type Tensor } from '../../../engine/index.ts';
import {
  Dropout,
  init,
  LayerNorm,
  Linear,
  Module,
  ModuleList,
  MultiheadAttention,
  ReLU,
  Sequential,
} from '../../../nn/index.ts';
import { mergeHeads, splitHeads } from '../../attention/index.ts';
import type { MapSize } from '../tokens.ts';
import type { Mask2FormerConfig } from './config.ts';

/** Attention among the queries; positions are added to queries and keys, not to values. */
class QuerySelfAttention extends Module {
  readonly k_proj: Linear;
  readonly v_proj: Linear;
  readonly q_proj: Linear;
  readonly out_proj: Linear;
  readonly #heads: number;
  readonly #dropout: number;

  constructor(width: number, heads: number, dropout: number) {
    super();
    this.#heads = heads;
    this.#dropout = dropout;
    this.k_proj = new Linear(width, width);
    this.v_proj = new Linear(width, width);
    this.q_proj = new Linear(width, width);
    this.out_proj = new Linear(width, width);
  }

  forward(queries: Tensor, positions: Tensor): Tensor {
    const placed = ops.add(queries, positions);
    const query = splitHeads(this.q_proj.forward(placed), this.#heads);
    const key = splitHeads(this.k_proj.forward(placed), this.#heads);
    const value = splitHeads(this.v_proj.forward(queries), this.#heads);
    const dropout = this.training ? this.#dropout : 0;
    const mixed = ops.scaledDotProductAttention(query, key, value, { dropout });
    return this.out_proj.forward(mergeHeads(mixed));
  }
}

/** Masked attention to one level's places, attention among queries, feed-forward; norms after each. */
class QueryDecoderLayer extends Module {
  readonly self_attn: QuerySelfAttention;
  readonly self_attn_layer_norm: LayerNorm;
  readonly cross_attn: MultiheadAttention;
  readonly cross_attn_layer_norm: LayerNorm;
  readonly fc1: Linear;
  readonly fc2: Linear;
  readonly final_layer_norm: LayerNorm;
  readonly dropout: Dropout;

  constructor({ width, heads, dropout, queryFeedForward }: Mask2FormerConfig) {
    super();
    this.self_attn = new QuerySelfAttention(width, heads, dropout);
    this.self_attn_layer_norm = new LayerNorm(width);
    this.cross_attn = new MultiheadAttention(width, heads, { dropout, batchFirst: true });
    this.cross_attn_layer_norm = new LayerNorm(width);
    this.fc1 = new Linear(width, queryFeedForward);
    this.fc2 = new Linear(queryFeedForward, width);
    this.final_layer_norm = new LayerNorm(width);
    this.dropout = new Dropout(dropout);
  }

  forward(queries: Tensor, positions: Tensor, { keys, values }: LevelMemory, allowed: Tensor): Tensor {
    return scope(() => {
      const seen = this.cross_attn.forward(ops.add(queries, positions), keys, values, allowed);
      const first = this.cross_attn_layer_norm.forward(ops.add(queries, this.dropout.forward(seen)));
      const shared = this.self_attn.forward(first, positions);
      const second = this.self_attn_layer_norm.forward(ops.add(first, this.dropout.forward(shared)));
      const hidden = this.dropout.forward(ops.relu(this.fc1.forward(second)));
      const mixed = this.dropout.forward(this.fc2.forward(hidden));
      return this.final_layer_norm.forward(ops.add(second, mixed));
    });
  }
}

/** A small perceptron from a query to the embedding of its mask. */
class MaskPredictor extends Module {
  readonly mask_embedder: Sequential;

  constructor({ width, maskWidth }: Mask2FormerConfig) {
    super();
    this.mask_embedder = new Sequential(
      new Sequential(new Linear(width, width), new ReLU()),
      new Sequential(new Linear(width, width), new ReLU()),
      new Sequential(new Linear(width, maskWidth)),
    );
  }

  /** Mask logits `[N, Q, h, w]` of normalised queries `[N, Q, C]` over pixel embeddings `[N, C, h, w]`. */
  forward(queries: Tensor, embeddings: Tensor): Tensor {
    return scope(() => {
      const [, , height, width] = embeddings.shape as [number, number, number, number];
      const masks = ops.matmul(this.mask_embedder.forward(queries), ops.flatten(embeddings, 2));
      return ops.reshape(masks, [-1, queries.shape[1]!, height, width]);
    });
  }
}

/** The places of one level as attention sees them. */
export interface LevelMemory {
  /** `[N, S, C]` with positions. */
  readonly keys: Tensor;
  /** `[N, S, C]` without. */
  readonly values: Tensor;
  readonly size: MapSize;
}

/** What the decoder knows after one layer. */
export interface QueryPrediction {
  /** Normalised queries `[N, Q, C]`. */
  readonly queries: Tensor;
  /** Mask logits `[N, Q, H/4, W/4]`. */
  readonly masks: Tensor;
}

/**
 * The masked-attention decoder: queries look only where the mask they last predicted is positive.
 *
 * @see Cheng et al., "Masked-attention mask transformer for universal image segmentation", 2021
 */
export class QueryDecoder extends Module {
  readonly layers: ModuleList<QueryDecoderLayer>;
  readonly layernorm: LayerNorm;
  readonly mask_predictor: MaskPredictor;

  constructor(config: Mask2FormerConfig) {
    super();
    this.layers = new ModuleList(
      Array.from({ length: config.queryLayers }, () => new QueryDecoderLayer(config)),
    );
    this.layernorm = new LayerNorm(config.width);
    this.mask_predictor = new MaskPredictor(config);
  }

  /** Matrices of the layers from Glorot's uniform distribution, as the reference starts. */
  resetParameters(): void {
    for (const layer of this.layers) {
      for (const weight of layer.parameters()) if (weight.ndim > 1) init.xavierUniform_(weight);
    }
  }

  /**
   * @param queries `[N, Q, C]`
   * @param positions `[1, Q, C]`
   * @param levels attended in turn
   * @returns the prediction before the first layer and after each one; only the last in evaluation mode
   */
  forward(
    queries: Tensor,
    positions: Tensor,
    levels: readonly LevelMemory[],
    embeddings: Tensor,
  ): QueryPrediction[] {
    const predict = (state: Tensor): QueryPrediction => {
      const normalised = this.layernorm.forward(state);
      return { queries: normalised, masks: this.mask_predictor.forward(normalised, embeddings) };
    };
    let predictions = [predict(queries)];
    let state = queries;
    for (const [index, layer] of Array.from(this.layers).entries()) {
      const level = levels[index % levels.length]!;
      const last = predictions.at(-1)!;
      state = scope(() =>
        layer.forward(state, positions, level, attentionMask(this.coverage(last.masks, level.size))),
      );
      const next = predict(state);
      if (this.training) predictions.push(next);
      else {
        last.masks.dispose();
        last.queries.dispose();
        predictions = [next];
      }
    }
    return predictions;
  }

  /**
   * Mask logits at the size of a level, `[N, Q, H, W]`: their signs say where queries look, all else of them is lost. A method,
   * so that a comparison with the reference can turn a sign that hangs on a rounding.
   */
  coverage(masks: Tensor, size: MapSize): Tensor {
    return ops.interpolate(masks.detach(), { size, mode: 'bilinear', alignCorners: false });
  }
}

/**
 * Where each query may look: the cells of a level that its mask covers, or everywhere when it covers none.
 *
 * @returns boolean `[N, 1, Q, S]`
 */
function attentionMask(coverage: Tensor): Tensor {
  return scope(() => {
    const covered = ops.flatten(ops.sigmoid(coverage), 2);
    const nowhere = ops.lt(ops.amax(covered, { dim: -1, keepdim: true }), 0.5);
    return ops.unsqueeze(ops.logicalOr(ops.ge(covered, 0.5), nowhere), 1);
  });
}
