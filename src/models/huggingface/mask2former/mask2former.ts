import { noGrad, ops, scope, type Tensor } from '../../../engine/index.ts';
import { Embedding, Linear, Module } from '../../../nn/index.ts';
import { sinePositionEncoding, TensorCache } from '../../attention/index.ts';
import { SegmentationNetwork } from '../../network.ts';
import type { OwnObjective } from '../../objective.ts';
import { initialiseNormal } from '../initialise.ts';
import { SwinBackbone } from '../swin/backbone.ts';
import { mapSize } from '../tokens.ts';
import type { Mask2FormerConfig } from './config.ts';
import { Mask2FormerCriterion } from './criterion.ts';
import { PYRAMID_LEVELS } from './pixel-attention.ts';
import { PixelDecoder, type PixelFeatures } from './pixel-decoder.ts';
import { type LevelMemory, QueryDecoder, type QueryPrediction } from './query-decoder.ts';
import { semanticLogits } from './semantic.ts';

class PixelLevelModule extends Module {
  readonly encoder: SwinBackbone;
  readonly decoder: PixelDecoder;

  constructor(config: Mask2FormerConfig) {
    super();
    this.encoder = new SwinBackbone(config.backbone);
    this.decoder = new PixelDecoder(config, this.encoder.channels);
  }

  forward(images: Tensor): PixelFeatures {
    return scope(() => this.decoder.forward(this.encoder.forward(images)));
  }
}

class TransformerModule extends Module {
  readonly queries_embedder: Embedding;
  readonly queries_features: Embedding;
  readonly decoder: QueryDecoder;
  readonly level_embed: Embedding;
  readonly #cache = new TensorCache(2 * PYRAMID_LEVELS);

  constructor(config: Mask2FormerConfig) {
    super();
    this.queries_embedder = new Embedding(config.queries, config.width);
    this.queries_features = new Embedding(config.queries, config.width);
    this.decoder = new QueryDecoder(config);
    this.level_embed = new Embedding(PYRAMID_LEVELS, config.width);
  }

  forward({ levels, sizes, embeddings }: PixelFeatures): QueryPrediction[] {
    return scope(() => {
      const memories = levels.map((tokens, level): LevelMemory => {
        const [rows, columns] = sizes[level]!;
        const values = ops.add(tokens, ops.select(this.level_embed.weight, 0, level));
        const make = () => sinePositionEncoding(rows, columns, tokens.shape[2]!);
        const positions = this.#cache.get(`sine ${rows}×${columns}`, tokens, make);
        return { keys: ops.add(values, positions), values, size: [rows, columns] };
      });
      const [batch] = embeddings.shape as [number, number, number, number];
      const [count, width] = this.queries_features.weight.shape as [number, number];
      const queries = ops.expand(ops.unsqueeze(this.queries_features.weight, 0), [batch, count, width]);
      const positions = ops.unsqueeze(this.queries_embedder.weight, 0);
      return this.decoder.forward(queries, positions, memories, embeddings);
    });
  }
}

class Mask2FormerModel extends Module {
  readonly pixel_level_module: PixelLevelModule;
  readonly transformer_module: TransformerModule;

  constructor(config: Mask2FormerConfig) {
    super();
    this.pixel_level_module = new PixelLevelModule(config);
    this.transformer_module = new TransformerModule(config);
  }

  forward(images: Tensor): QueryPrediction[] {
    return scope(() => this.transformer_module.forward(this.pixel_level_module.forward(images)));
  }
}

/** Class and mask logits of all queries. */
export interface QueryLogits {
  /** `[N, Q, classes + 1]`, the last one being "nothing". */
  readonly classes: Tensor;
  /** `[N, Q, H/4, W/4]` */
  readonly masks: Tensor;
}

/**
 * Mask2Former on Swin, with the parameter names of its published checkpoints.
 *
 * @see Cheng et al., "Masked-attention mask transformer for universal image segmentation", 2021
 */
export class Mask2FormerForUniversalSegmentation extends SegmentationNetwork implements OwnObjective {
  readonly config: Mask2FormerConfig;
  readonly model: Mask2FormerModel;
  readonly class_predictor: Linear;
  readonly criterion: Mask2FormerCriterion;

  constructor(config: Mask2FormerConfig, modelName = 'mask2former') {
    super({ modelName, inChannels: config.backbone.channels, classes: config.classes, inputDivisor: 1 });
    this.config = config;
    this.model = new Mask2FormerModel(config);
    this.class_predictor = new Linear(config.width, config.classes + 1);
    this.criterion = new Mask2FormerCriterion(config.classes, config.loss);
    this.resetParameters();
  }

  override get encoderPath(): string {
    return 'model.pixel_level_module.encoder';
  }

  override get idleModules(): readonly string[] {
    return ['model.pixel_level_module.encoder.swin'];
  }

  /** Weights as the reference starts. */
  resetParameters(): void {
    initialiseNormal(this);
    const { pixel_level_module: pixels, transformer_module: queries } = this.model;
    pixels.decoder.resetParameters();
    queries.decoder.resetParameters();
  }

  /** Logits of all queries after each decoder layer, the last one last; only the last in evaluation mode. */
  predictions(images: Tensor): QueryLogits[] {
    this.checkInput(images);
    return scope(() =>
      this.model.forward(images).map(({ queries, masks }) => {
        return { classes: this.class_predictor.forward(queries), masks };
      }),
    );
  }

  /**
   * Logarithms of the semantic scores at the image's size (see {@link semanticLogits}).
   *
   * @param images `[N, channels, H, W]`
   * @returns `[N, classes, H, W]`
   */
  forward(images: Tensor): Tensor {
    return scope(() => semanticLogits(this.predictions(images).at(-1)!, mapSize(images)));
  }

  /** What the reference returns. */
  override outputs(images: Tensor): { class_queries_logits: Tensor; masks_queries_logits: Tensor } {
    return scope(() => {
      const { classes, masks } = this.predictions(images).at(-1)!;
      return { class_queries_logits: classes, masks_queries_logits: masks };
    });
  }

  /**
   * The training objective: each image's classes matched to queries, with class, mask and dice losses on every layer.
   */
  objective(images: Tensor, targets: Tensor): { loss: Tensor; logits: Tensor } {
    return scope(() => {
      const predictions = this.predictions(images);
      const loss = this.criterion.forward(predictions, targets);
      const logits = noGrad(() => semanticLogits(predictions.at(-1)!, mapSize(images)));
      return { loss, logits };
    });
  }
}
