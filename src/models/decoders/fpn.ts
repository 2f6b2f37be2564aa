import { ops, scope, type Tensor } from '../../engine/index.ts';
import { Conv2d, Dropout2d, GroupNorm, Module, ModuleList, Sequential } from '../../nn/index.ts';
import { ReLUInPlace } from '../activation.ts';
import type { FeatureMap } from '../encoders/encoder.ts';
import { enlarge } from '../resize.ts';
import type { Interpolation } from '../smp/options.ts';
import { Decoder, requireDepth } from './decoder.ts';

class Conv3x3GNReLU extends Module {
  block: Sequential;
  readonly #enlarges: boolean;

  constructor(inChannels: number, outChannels: number, enlarges: boolean) {
    super();
    this.block = new Sequential(
      new Conv2d(inChannels, outChannels, 3, { padding: 1, bias: false }),
      new GroupNorm(32, outChannels),
      new ReLUInPlace(),
    );
    this.#enlarges = enlarges;
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const map = this.block.forward(x);
      return this.#enlarges ? enlarge(map, 2, { mode: 'bilinear', alignCorners: true }) : map;
    });
  }
}

/** A step of the pyramid towards a finer scale. */
class FPNBlock extends Module {
  skip_conv: Conv2d;
  readonly #interpolation: Interpolation;

  constructor(pyramidChannels: number, skipChannels: number, interpolation: Interpolation) {
    super();
    this.skip_conv = new Conv2d(skipChannels, pyramidChannels, 1);
    this.#interpolation = interpolation;
  }

  forward(x: Tensor, skip: Tensor): Tensor {
    return scope(() => ops.add(enlarge(x, 2, { mode: this.#interpolation }), this.skip_conv.forward(skip)));
  }
}

/** Brings one scale of the pyramid to a quarter of the image's size. */
class SegmentationBlock extends Module {
  block: Sequential;

  constructor(inChannels: number, outChannels: number, doublings: number) {
    super();
    const first = new Conv3x3GNReLU(inChannels, outChannels, doublings > 0);
    const rest = Array.from(
      { length: Math.max(0, doublings - 1) },
      () => new Conv3x3GNReLU(outChannels, outChannels, true),
    );
    this.block = new Sequential(first, ...rest);
  }

  forward(x: Tensor): Tensor {
    return this.block.forward(x);
  }
}

/** Options of {@link FPNDecoder}. */
export interface FPNOptions {
  readonly pyramidChannels: number;
  readonly segmentationChannels: number;
  readonly dropout: number;
  readonly mergePolicy: 'add' | 'cat';
  readonly interpolation: Interpolation;
}

/**
 * Feature pyramid network for segmentation.
 *
 * Source: Kirillov et al., "Panoptic feature pyramid networks", 2019; layout of `segmentation_models_pytorch`.
 */
export class FPNDecoder extends Decoder {
  p5: Conv2d;
  p4: FPNBlock;
  p3: FPNBlock;
  p2: FPNBlock;
  seg_blocks: ModuleList<SegmentationBlock>;
  dropout: Dropout2d;
  readonly outChannels: number;
  readonly #mergePolicy: 'add' | 'cat';

  constructor(encoderChannels: readonly number[], options: FPNOptions) {
    super();
    requireDepth('FPN', encoderChannels.length - 1);
    const { pyramidChannels, segmentationChannels, interpolation, mergePolicy } = options;
    const [c5, c4, c3, c2] = encoderChannels.slice(-4).reverse() as [number, number, number, number];
    this.p5 = new Conv2d(c5, pyramidChannels, 1);
    this.p4 = new FPNBlock(pyramidChannels, c4, interpolation);
    this.p3 = new FPNBlock(pyramidChannels, c3, interpolation);
    this.p2 = new FPNBlock(pyramidChannels, c2, interpolation);
    this.seg_blocks = new ModuleList(
      [3, 2, 1, 0].map(
        (doublings) => new SegmentationBlock(pyramidChannels, segmentationChannels, doublings),
      ),
    );
    this.dropout = new Dropout2d(options.dropout);
    this.#mergePolicy = mergePolicy;
    this.outChannels = segmentationChannels * (mergePolicy === 'add' ? 1 : 4);
  }

  override forward(features: readonly FeatureMap[]): Tensor {
    const [c2, c3, c4, c5] = features.slice(-4) as [Tensor, Tensor, Tensor, Tensor];
    return scope(() => {
      const p5 = this.p5.forward(c5);
      const p4 = this.p4.forward(p5, c4);
      const p3 = this.p3.forward(p4, c3);
      const p2 = this.p2.forward(p3, c2);
      const maps = [p5, p4, p3, p2].map((map, i) => this.seg_blocks[i]!.forward(map));
      const merged =
        this.#mergePolicy === 'cat' ? ops.cat(maps, 1) : maps.reduce((sum, map) => ops.add(sum, map));
      return this.dropout.forward(merged);
    });
  }
}
