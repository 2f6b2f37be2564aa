import { full, ops, scope, type Tensor } from '../../../engine/index.ts';
import {
  Conv2d,
  checkpoint,
  DropPath,
  LayerNorm,
  LayerNorm2d,
  Linear,
  Module,
  ModuleDict,
  ModuleList,
  type Parameter,
  parameter,
} from '../../../nn/index.ts';
import { dropPathRates } from '../../drop-path-rates.ts';
import { type EncoderStages, stageSteps } from '../../image-encoder.ts';
import type { ConfigReader } from '../config-reader.ts';

/** What the configuration of a ConvNeXt backbone says, under our names. */
export interface ConvNextConfig {
  readonly modelType: 'convnext';
  readonly channels: number;
  readonly patchSize: number;
  readonly widths: readonly number[];
  readonly depths: readonly number[];
  readonly layerScale: number;
  readonly dropPath: number;
}

/** Reads a ConvNeXt configuration; keys left out have the reference's defaults (those of ConvNeXt-T). */
export function readConvNextConfig(reader: ConfigReader): ConvNextConfig {
  reader.expect('hidden_act', 'gelu');
  return {
    modelType: 'convnext',
    channels: reader.number('num_channels', 3),
    patchSize: reader.square('patch_size', 4),
    widths: reader.numbers('hidden_sizes', [96, 192, 384, 768]),
    depths: reader.numbers('depths', [3, 3, 9, 3]),
    layerScale: reader.number('layer_scale_init_value', 1e-6),
    dropPath: reader.number('drop_path_rate', 0),
  };
}

/** The norms inside of blocks; those over maps have the same by default. */
const EPSILON = 1e-6;

class Embeddings extends Module {
  readonly patch_embeddings: Conv2d;
  readonly layernorm: LayerNorm2d;

  constructor({ channels, widths, patchSize }: ConvNextConfig) {
    super();
    this.patch_embeddings = new Conv2d(channels, widths[0]!, patchSize, { stride: patchSize });
    this.layernorm = new LayerNorm2d(widths[0]!);
  }

  forward(images: Tensor): Tensor {
    return scope(() => this.layernorm.forward(this.patch_embeddings.forward(images)));
  }
}

/** Depthwise 7×7 convolution, layer norm, and a two-layer perceptron, scaled and added to the input. */
class ConvNextLayer extends Module {
  declare layer_scale_parameter?: Parameter;
  readonly dwconv: Conv2d;
  readonly layernorm: LayerNorm;
  readonly pwconv1: Linear;
  readonly pwconv2: Linear;
  readonly drop_path: DropPath;

  constructor(width: number, layerScale: number, dropPath: number) {
    super();
    this.drop_path = new DropPath(dropPath);
    if (layerScale > 0) this.layer_scale_parameter = parameter(full([width], layerScale));
    this.dwconv = new Conv2d(width, width, 7, { padding: 3, groups: width });
    this.layernorm = new LayerNorm(width, { eps: EPSILON });
    this.pwconv1 = new Linear(width, 4 * width);
    this.pwconv2 = new Linear(4 * width, width);
  }

  forward(map: Tensor): Tensor {
    return scope(() => {
      const normalised = scope(() => {
        return this.layernorm.forward(ops.permute(this.dwconv.forward(map), [0, 2, 3, 1]));
      });
      const hidden = scope(() => ops.gelu(this.pwconv1.forward(normalised)));
      normalised.dispose();
      const projected = this.pwconv2.forward(hidden);
      const mixed = this.layer_scale_parameter ? ops.mul(this.layer_scale_parameter, projected) : projected;
      return ops.add(map, this.drop_path.forward(ops.permute(mixed, [0, 3, 1, 2])));
    });
  }
}

class ConvNextStage extends Module {
  readonly downsampling_layer: ModuleList;
  readonly layers: ModuleList<ConvNextLayer>;

  /** @param inWidth channels of the stage before; undefined for the first, which does not halve its map */
  constructor(inWidth: number | undefined, width: number, layerScale: number, dropPaths: readonly number[]) {
    super();
    const entrance =
      inWidth === undefined ? [] : [new LayerNorm2d(inWidth), new Conv2d(inWidth, width, 2, { stride: 2 })];
    this.downsampling_layer = new ModuleList(entrance);
    this.layers = new ModuleList(dropPaths.map((rate) => new ConvNextLayer(width, layerScale, rate)));
  }

  forward(map: Tensor): Tensor {
    return scope(() => {
      let current = map;
      for (const layer of [...this.downsampling_layer, ...this.layers]) {
        const before = current;
        current = checkpoint((x) => layer.forward(x), before);
        if (before !== map) before.dispose();
      }
      return current;
    });
  }
}

class Encoder extends Module {
  readonly stages: ModuleList<ConvNextStage>;

  constructor({ widths, depths, layerScale, dropPath }: ConvNextConfig) {
    super();
    this.stages = new ModuleList(
      dropPathRates(dropPath, depths).map(
        (rates, stage) => new ConvNextStage(widths[stage - 1], widths[stage]!, layerScale, rates),
      ),
    );
  }

  forward(map: Tensor): Tensor[] {
    const maps: Tensor[] = [];
    for (const stage of this.stages) maps.push(stage.forward(maps.at(-1) ?? map));
    return maps;
  }
}

/**
 * ConvNeXt as a feature extractor, with Hugging Face's parameter names.
 *
 * @see Liu et al., "A ConvNet for the 2020s", 2022
 */
export class ConvNextBackbone extends Module {
  readonly embeddings: Embeddings;
  readonly encoder: Encoder;
  readonly hidden_states_norms: ModuleDict<LayerNorm2d>;
  readonly channels: readonly number[];

  constructor(config: ConvNextConfig) {
    super();
    this.channels = config.widths;
    this.embeddings = new Embeddings(config);
    this.encoder = new Encoder(config);
    const norms = config.widths.map((width, stage) => [`stage${stage + 1}`, new LayerNorm2d(width)] as const);
    this.hidden_states_norms = new ModuleDict(Object.fromEntries(norms));
  }

  get encoderStages(): EncoderStages {
    return this.channels.map((_, stage) => {
      const entrance =
        stage === 0 ? { stem: ['embeddings'] } : { before: [`encoder.stages.${stage}.downsampling_layer`] };
      const after = [`hidden_states_norms.stage${stage + 1}`];
      return stageSteps(this, `encoder.stages.${stage}.layers`, { ...entrance, after });
    });
  }

  /**
   * @param images `[N, channels, H, W]`
   * @returns normalised maps of all stages `[N, Cᵢ, H/2^(i+2), W/2^(i+2)]`, finest first
   */
  forward(images: Tensor): Tensor[] {
    return scope(() => {
      const maps = this.encoder.forward(this.embeddings.forward(images));
      return maps.map((map, stage) => this.hidden_states_norms.get(`stage${stage + 1}`)!.forward(map));
    });
  }
}
