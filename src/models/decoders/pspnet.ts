import { ops, scope, type Tensor } from '../../engine/index.ts';
import { AdaptiveAvgPool2d, Dropout2d, Module, ModuleList, Sequential } from '../../nn/index.ts';
import { chain } from '../chain.ts';
import type { FeatureMap } from '../encoders/encoder.ts';
import type { DecoderNorm } from '../smp/options.ts';
import { Conv2dReLU } from './blocks.ts';
import { Decoder } from './decoder.ts';

const poolSizes = [1, 2, 3, 6] as const;

/** The mean over a coarse grid, convolved and brought back to the map's size. */
class PSPBlock extends Module {
  pool: Sequential;

  constructor(inChannels: number, outChannels: number, poolSize: number, norm: DecoderNorm) {
    super();
    // A single cell an image has no batch statistics.
    const cellNorm = poolSize === 1 ? 'identity' : norm;
    this.pool = new Sequential(
      new AdaptiveAvgPool2d(poolSize),
      new Conv2dReLU(inChannels, outChannels, 1, { norm: cellNorm }),
    );
  }

  forward(x: Tensor): Tensor {
    const [, , height, width] = x.shape as [number, number, number, number];
    return scope(() =>
      ops.interpolate(this.pool.forward(x), { size: [height, width], mode: 'bilinear', alignCorners: true }),
    );
  }
}

class PSPModule extends Module {
  blocks: ModuleList<PSPBlock>;

  constructor(channels: number, norm: DecoderNorm) {
    super();
    const width = Math.floor(channels / poolSizes.length);
    this.blocks = new ModuleList(poolSizes.map((size) => new PSPBlock(channels, width, size, norm)));
  }

  forward(x: Tensor): Tensor {
    return scope(() => ops.cat([...Array.from(this.blocks, (block) => block.forward(x)), x], 1));
  }
}

/**
 * Pyramid scene parsing: means over the whole map, its quarters, ninths and thirty-sixths join the deepest map.
 *
 * Source: Zhao et al., 2017; layout of `segmentation_models_pytorch`.
 */
export class PSPDecoder extends Decoder {
  psp: PSPModule;
  conv: Conv2dReLU;
  dropout: Dropout2d;
  readonly outChannels: number;

  constructor(
    encoderChannels: readonly number[],
    { norm, outChannels, dropout }: { norm: DecoderNorm; outChannels: number; dropout: number },
  ) {
    super();
    const channels = encoderChannels.at(-1)!;
    this.psp = new PSPModule(channels, norm);
    this.conv = new Conv2dReLU(channels * 2, outChannels, 1, { norm });
    this.dropout = new Dropout2d(dropout);
    this.outChannels = outChannels;
  }

  override forward(features: readonly FeatureMap[]): Tensor {
    return scope(() => chain(features.at(-1)!, this.psp, this.conv, this.dropout));
  }
}
