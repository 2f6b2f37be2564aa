import { scope, type Tensor } from '../../../engine/index.ts';
import { Conv2d, checkpoint, LayerNorm, Module, ModuleList } from '../../../nn/index.ts';
import { dropPathRates } from '../../drop-path-rates.ts';
import { type EncoderStages, stageSteps } from '../../image-encoder.ts';
import { mapSize, mapToTokens, tokensToMap } from '../tokens.ts';
import type { SegformerConfig } from './config.ts';
import { SegformerLayer } from './layer.ts';

/** A strided convolution with overlapping windows, then a layer norm. */
class OverlapPatchEmbeddings extends Module {
  readonly proj: Conv2d;
  readonly layer_norm: LayerNorm;

  constructor(inChannels: number, width: number, patchSize: number, stride: number) {
    super();
    const padding = Math.floor(patchSize / 2);
    this.proj = new Conv2d(inChannels, width, patchSize, { stride, padding });
    this.layer_norm = new LayerNorm(width);
  }

  /** @returns `[N, C, H/stride, W/stride]`, not yet normalised */
  forward(map: Tensor): Tensor {
    return this.proj.forward(map);
  }
}

/**
 * The Mix Transformer (MiT): four stages of transformer blocks at strides 4, 8, 16 and 32.
 *
 * @see Xie et al., "SegFormer", 2021
 */
export class SegformerEncoder extends Module {
  readonly patch_embeddings: ModuleList<OverlapPatchEmbeddings>;
  readonly block: ModuleList<ModuleList<SegformerLayer>>;
  readonly layer_norm: ModuleList<LayerNorm>;

  constructor(config: SegformerConfig) {
    super();
    const { depths, hiddenSizes } = config;
    this.patch_embeddings = new ModuleList(
      hiddenSizes.map((width, stage) => {
        const inChannels = stage === 0 ? config.channels : hiddenSizes[stage - 1]!;
        return new OverlapPatchEmbeddings(
          inChannels,
          width,
          config.patchSizes[stage]!,
          config.strides[stage]!,
        );
      }),
    );
    this.block = new ModuleList(
      dropPathRates(config.dropPath, depths).map((rates, stage) => {
        const settings = {
          width: hiddenSizes[stage]!,
          heads: config.heads[stage]!,
          reduction: config.reductions[stage]!,
          mlpRatio: config.mlpRatios[stage]!,
          dropout: config.hiddenDropout,
          attentionDropout: config.attentionDropout,
        };
        return new ModuleList(rates.map((dropPath) => new SegformerLayer({ ...settings, dropPath })));
      }),
    );
    this.layer_norm = new ModuleList(hiddenSizes.map((width) => new LayerNorm(width)));
  }

  get encoderStages(): EncoderStages {
    return Array.from(this.layer_norm, (_, stage) => {
      const entrance = stage === 0 ? 'stem' : 'before';
      return stageSteps(this, `block.${stage}`, {
        [entrance]: [`patch_embeddings.${stage}`],
        after: [`layer_norm.${stage}`],
      });
    });
  }

  /** @returns the four maps `[N, Cᵢ, H/2^(i+2), W/2^(i+2)]` */
  forward(images: Tensor): Tensor[] {
    const features: Tensor[] = [];
    let map = images;
    for (let stage = 0; stage < this.layer_norm.length; stage++) {
      const before = map;
      map = scope(() => this.#stage(stage, before));
      features.push(map);
    }
    return features;
  }

  #stage(stage: number, input: Tensor): Tensor {
    const embeddings = this.patch_embeddings[stage]!;
    const projected = embeddings.forward(input);
    const size = mapSize(projected);
    let tokens = embeddings.layer_norm.forward(mapToTokens(projected));
    for (const layer of this.block[stage]!) {
      const before = tokens;
      tokens = checkpoint((x) => layer.forward(x, size), before);
      before.dispose();
    }
    return tokensToMap(this.layer_norm[stage]!.forward(tokens), size);
  }
}
