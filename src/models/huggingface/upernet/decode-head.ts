import { ops, scope, type Tensor } from '../../../engine/index.ts';
import { AdaptiveAvgPool2d, Conv2d, Module, ModuleList, Sequential } from '../../../nn/index.ts';
import { resizeTo } from '../../resize.ts';
import { type MapSize, mapSize } from '../tokens.ts';
import { ConvModule, type NormName } from './conv-module.ts';

/** Sizes of an {@link UperNetHead}. */
export interface UperNetHeadOptions {
  /** Channels of the backbone's maps, finest first. */
  readonly inChannels: readonly number[];
  readonly width: number;
  readonly poolScales: readonly number[];
  readonly norm: NormName;
}

/**
 * Pyramid pooling on the coarsest map, a feature pyramid over all of them, and their fusion at the finest size.
 *
 * What turns the fused map into logits has another name in each library, so it belongs to the subclasses.
 *
 * @see Xiao et al., "Unified perceptual parsing for scene understanding", 2018
 */
export abstract class UperNetFusion extends Module {
  readonly psp_modules: ModuleList<Sequential>;
  readonly bottleneck: ConvModule;
  readonly lateral_convs: ModuleList<ConvModule>;
  readonly fpn_convs: ModuleList<ConvModule>;
  readonly fpn_bottleneck: ConvModule;

  constructor({ inChannels, width, poolScales, norm }: UperNetHeadOptions) {
    super();
    const deepest = inChannels.at(-1)!;
    this.psp_modules = new ModuleList(
      poolScales.map((scale) => {
        return new Sequential(new AdaptiveAvgPool2d(scale), new ConvModule(deepest, width, 1, norm));
      }),
    );
    this.bottleneck = new ConvModule(deepest + poolScales.length * width, width, 3, norm);
    const finer = inChannels.slice(0, -1);
    this.lateral_convs = new ModuleList(finer.map((channels) => new ConvModule(channels, width, 1, norm)));
    this.fpn_convs = new ModuleList(finer.map(() => new ConvModule(width, width, 3, norm)));
    this.fpn_bottleneck = new ConvModule(inChannels.length * width, width, 3, norm);
  }

  /**
   * @param features the backbone's maps, finest first
   * @returns `[N, width, h, w]` at the finest map's size
   */
  protected fuse(features: readonly Tensor[]): Tensor {
    return scope(() => {
      let current = this.#poolPyramid(features.at(-1)!);
      const outputs = [current];
      for (let level = features.length - 2; level >= 0; level--) {
        const before = current;
        current = scope(() => {
          const lateral = this.lateral_convs[level]!.forward(features[level]!);
          return ops.add(lateral, resize(before, mapSize(lateral)));
        });
        outputs.unshift(this.fpn_convs[level]!.forward(current));
        if (level < features.length - 2) before.dispose();
      }
      if (features.length > 1) current.dispose();
      const joined = scope(() => {
        const size = mapSize(outputs[0]!);
        return ops.cat(
          outputs.map((output, level) => (level === 0 ? output : resize(output, size))),
          1,
        );
      });
      for (const output of outputs) output.dispose();
      return this.fpn_bottleneck.forward(joined);
    });
  }

  #poolPyramid(map: Tensor): Tensor {
    return scope(() => {
      const size = mapSize(map);
      const pooled = Array.from(this.psp_modules, (module) => resize(module.forward(map), size));
      return this.bottleneck.forward(ops.cat([map, ...pooled], 1));
    });
  }
}

/** Bilinear resizing with half-pixel centres. */
export function resize(map: Tensor, size: MapSize): Tensor {
  return resizeTo(map, ...size, { mode: 'bilinear' });
}

/** The UperNet head under Hugging Face's names. */
export class UperNetHead extends UperNetFusion {
  readonly classifier: Conv2d;

  constructor(options: UperNetHeadOptions, classes: number) {
    super(options);
    this.classifier = new Conv2d(options.width, classes, 1);
  }

  /** Logits at the finest map's size. */
  forward(features: readonly Tensor[]): Tensor {
    return scope(() => this.classifier.forward(this.fuse(features)));
  }
}
