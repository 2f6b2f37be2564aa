import { ops, scope, type Tensor } from '../../../engine/index.ts';
import { Conv2d, Dropout, LayerNorm, Module, ModuleDict, ModuleList } from '../../../nn/index.ts';
import { dropPathRates } from '../../drop-path-rates.ts';
import { type EncoderStages, stageSteps } from '../../image-encoder.ts';
import { type SwinConfig, swinStageWidths } from './config.ts';
import { SwinStage } from './stage.ts';

/** Cuts the image into patches and projects each one. */
class PatchEmbeddings extends Module {
  readonly projection: Conv2d;
  readonly #patchSize: number;

  constructor({ channels, width, patchSize }: SwinConfig) {
    super();
    this.#patchSize = patchSize;
    this.projection = new Conv2d(channels, width, patchSize, { stride: patchSize });
  }

  forward(images: Tensor): Tensor {
    const [, , height, width] = images.shape as [number, number, number, number];
    const right = (this.#patchSize - (width % this.#patchSize)) % this.#patchSize;
    const bottom = (this.#patchSize - (height % this.#patchSize)) % this.#patchSize;
    const padded = right > 0 || bottom > 0 ? ops.pad(images, [0, right, 0, bottom]) : images;
    return this.projection.forward(padded);
  }
}

class Embeddings extends Module {
  readonly patch_embeddings: PatchEmbeddings;
  readonly norm: LayerNorm;
  readonly dropout: Dropout;

  constructor(config: SwinConfig) {
    super();
    this.patch_embeddings = new PatchEmbeddings(config);
    this.norm = new LayerNorm(config.width);
    this.dropout = new Dropout(config.hiddenDropout);
  }

  /** `[N, channels, H, W]` → `[N, H/4, W/4, C]` */
  forward(images: Tensor): Tensor {
    const map = ops.permute(this.patch_embeddings.forward(images), [0, 2, 3, 1]);
    return this.dropout.forward(this.norm.forward(map));
  }
}

class Encoder extends Module {
  readonly layers: ModuleList<SwinStage>;

  constructor(config: SwinConfig) {
    super();
    const rates = dropPathRates(config.dropPath, config.depths);
    this.layers = new ModuleList(rates.map((stageRates, stage) => new SwinStage(config, stage, stageRates)));
  }

  /** The maps before each downsampling, `[N, H/2^(i+2), W/2^(i+2), C·2^i]`. */
  forward(map: Tensor): Tensor[] {
    const maps: Tensor[] = [];
    let current = map;
    for (const stage of this.layers) {
      const result = stage.forward(current);
      maps.push(result);
      if (stage.downsample) current = stage.downsample.forward(result);
    }
    return maps;
  }
}

/** The norm behind the last stage, which a segmentation network carries along without using it. */
class UnusedHead extends Module {
  readonly layernorm: LayerNorm;

  constructor(width: number, eps: number) {
    super();
    this.layernorm = new LayerNorm(width, { eps });
  }

  override forward(): never {
    throw new TypeError('the norm behind the last stage belongs to classification');
  }
}

/**
 * Swin Transformer (v1) as a feature extractor, with Hugging Face's parameter names.
 *
 * @see Liu et al., "Swin Transformer: hierarchical vision transformer using shifted windows", 2021
 */
export class SwinBackbone extends Module {
  readonly embeddings: Embeddings;
  readonly encoder: Encoder;
  readonly swin: UnusedHead;
  readonly hidden_states_norms: ModuleDict<LayerNorm>;
  readonly channels: readonly number[];

  constructor(config: SwinConfig) {
    super();
    this.channels = swinStageWidths(config);
    this.embeddings = new Embeddings(config);
    this.encoder = new Encoder(config);
    this.swin = new UnusedHead(this.channels.at(-1)!, config.layerNormEps);
    const norms = this.channels.map((width, stage) => [`stage${stage + 1}`, new LayerNorm(width)] as const);
    this.hidden_states_norms = new ModuleDict(Object.fromEntries(norms));
  }

  get encoderStages(): EncoderStages {
    return this.channels.map((_, stage) => {
      // The way to the next stage is the last thing in a stage here, as in the parameter names.
      const merging = `encoder.layers.${stage}.downsample`;
      const after = [merging, `hidden_states_norms.stage${stage + 1}`];
      const stem = stage === 0 ? { stem: ['embeddings'] } : {};
      return stageSteps(this, `encoder.layers.${stage}.blocks`, { ...stem, after });
    });
  }

  /**
   * @param images `[N, channels, H, W]`
   * @returns normalised maps of all stages `[N, Cᵢ, H/2^(i+2), W/2^(i+2)]`, channels-last in memory, finest first
   */
  forward(images: Tensor): Tensor[] {
    return scope(() => {
      const maps = this.encoder.forward(this.embeddings.forward(images));
      return maps.map((map, stage) => {
        const norm = this.hidden_states_norms.get(`stage${stage + 1}`)!;
        return ops.permute(norm.forward(map), [0, 3, 1, 2]);
      });
    });
  }
}
