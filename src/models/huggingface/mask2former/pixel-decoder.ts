import { ops, scope, type Tensor } from '../../../engine/index.ts';
import {
  Conv2d,
  checkpoint,
  GroupNorm,
  init,
  Module,
  ModuleList,
  type Parameter,
  ReLU,
  Sequential,
  type TensorModule,
  zerosParameter,
} from '../../../nn/index.ts';
import { type LevelSize, sinePositionEncoding, TensorCache } from '../../attention/index.ts';
import { mapSize, mapToTokens, tokensToMap } from '../tokens.ts';
import type { Mask2FormerConfig } from './config.ts';
import { PixelEncoderLayer, PYRAMID_LEVELS } from './pixel-attention.ts';

const NORM_GROUPS = 32;

class PixelEncoder extends Module {
  readonly layers: ModuleList<PixelEncoderLayer>;

  constructor(config: Mask2FormerConfig) {
    super();
    this.layers = new ModuleList(
      Array.from({ length: config.pixelLayers }, () => new PixelEncoderLayer(config)),
    );
  }

  override forward(): never {
    throw new TypeError('the pixel decoder runs the layers itself');
  }
}

/** What the pixel decoder gives to the query decoder. */
export interface PixelFeatures {
  /** Per-pixel embeddings at stride 4, `[N, maskWidth, H/4, W/4]`. */
  readonly embeddings: Tensor;
  /** Tokens of the levels at strides 32, 16 and 8, `[N, hᵢwᵢ, C]`. */
  readonly levels: readonly Tensor[];
  readonly sizes: readonly LevelSize[];
}

/**
 * Multi-scale deformable attention over strides 32 to 8, then one step of a feature pyramid down to stride 4.
 *
 * @see Cheng et al., "Masked-attention mask transformer for universal image segmentation", 2021
 */
export class PixelDecoder extends Module {
  readonly level_embed: Parameter;
  readonly input_projections: ModuleList<Sequential>;
  readonly encoder: PixelEncoder;
  readonly mask_projection: Conv2d;
  readonly adapter_1: Sequential;
  readonly layer_1: Sequential;
  readonly #cache = new TensorCache(8);

  /** @param channels of the backbone's maps, finest first */
  constructor(config: Mask2FormerConfig, channels: readonly number[]) {
    super();
    const { width, maskWidth } = config;
    this.level_embed = zerosParameter([PYRAMID_LEVELS, width]);
    this.input_projections = new ModuleList(
      channels
        .slice(-PYRAMID_LEVELS)
        .reverse()
        .map((inChannels) => convolution(inChannels, width, 1, { bias: true })),
    );
    this.encoder = new PixelEncoder(config);
    this.mask_projection = new Conv2d(width, maskWidth, 1);
    this.adapter_1 = convolution(channels[0]!, width, 1, { bias: false });
    this.layer_1 = convolution(width, width, 3, { bias: false }, new ReLU());
  }

  resetParameters(): void {
    init.zeros_(this.level_embed);
    for (const layer of this.encoder.layers) layer.self_attn.resetParameters();
  }

  /** @param features the backbone's four maps, finest first */
  forward(features: readonly Tensor[]): PixelFeatures {
    return scope(() => {
      const coarse = features.slice(-PYRAMID_LEVELS).reverse();
      const maps = coarse.map((map, level) => this.input_projections[level]!.forward(map));
      const sizes = maps.map(mapSize);
      const levels = this.#encode(maps, sizes);
      const embeddings = scope(() => {
        const finest = features[0]!;
        const above = tokensToMap(levels.at(-1)!, sizes.at(-1)!);
        const lateral = this.adapter_1.forward(finest);
        const enlarged = ops.interpolate(above, {
          size: mapSize(finest),
          mode: 'bilinear',
          alignCorners: false,
        });
        return this.mask_projection.forward(this.layer_1.forward(ops.add(lateral, enlarged)));
      });
      return { embeddings, levels, sizes };
    });
  }

  #encode(maps: readonly Tensor[], sizes: readonly LevelSize[]): Tensor[] {
    return scope(() => {
      const positions = this.#positions(sizes, maps[0]!);
      let tokens = ops.cat(maps.map(mapToTokens), 1);
      for (const layer of this.encoder.layers) {
        const before = tokens;
        const run = (x: Tensor, places: Tensor) => {
          return layer.forward(x, { sizes, positions: places, cache: this.#cache });
        };
        tokens = checkpoint(run, before, positions);
        before.dispose();
      }
      let start = 0;
      return sizes.map(([height, width]) => {
        const level = ops.narrow(tokens, 1, start, height * width);
        start += height * width;
        return level;
      });
    });
  }

  /** Sine positions of all places with the embedding of their level added: `[S, C]`. */
  #positions(sizes: readonly LevelSize[], like: Tensor): Tensor {
    const width = this.level_embed.shape[1]!;
    const parts = sizes.map(([rows, columns], level) => {
      const make = () => sinePositionEncoding(rows, columns, width);
      const sine = this.#cache.get(`sine ${rows}×${columns}`, like, make);
      return ops.add(sine, ops.select(this.level_embed, 0, level));
    });
    return ops.cat(parts, 0);
  }
}

function convolution(
  inChannels: number,
  width: number,
  kernelSize: number,
  { bias }: { bias: boolean },
  ...after: TensorModule[]
): Sequential {
  const padding = Math.floor(kernelSize / 2);
  const conv = new Conv2d(inChannels, width, kernelSize, { padding, bias });
  return new Sequential(conv, new GroupNorm(NORM_GROUPS, width), ...after);
}
