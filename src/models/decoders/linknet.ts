import { ops, scope, type Tensor } from '../../engine/index.ts';
import { ConvTranspose2d, Module, ModuleList, Sequential } from '../../nn/index.ts';
import { ReLUInPlace } from '../activation.ts';
import type { FeatureMap } from '../encoders/encoder.ts';
import type { DecoderNorm } from '../smp/options.ts';
import { Conv2dReLU, normLayer } from './blocks.ts';
import { Decoder } from './decoder.ts';

/** Squeezes, doubles the size by a transposed convolution, expands, and adds the encoder's map. */
class LinkBlock extends Module {
  block: Sequential;

  constructor(inChannels: number, outChannels: number, norm: DecoderNorm) {
    super();
    const width = Math.floor(inChannels / 4);
    this.block = new Sequential(
      new Conv2dReLU(inChannels, width, 1, { norm }),
      new Sequential(
        new ConvTranspose2d(width, width, 4, { stride: 2, padding: 1 }),
        normLayer(norm, width).layer,
        new ReLUInPlace(),
      ),
      new Conv2dReLU(width, outChannels, 1, { norm }),
    );
  }

  forward(x: Tensor, skip: Tensor | null): Tensor {
    return scope(() => {
      const map = this.block.forward(x);
      return skip === null ? map : ops.add(map, skip);
    });
  }
}

/**
 * LinkNet: the encoder's maps are added, not joined, which keeps the decoder small.
 *
 * Source: Chaurasia and Culurciello, 2017; layout of `segmentation_models_pytorch`.
 */
export class LinknetDecoder extends Decoder {
  blocks: ModuleList<LinkBlock>;
  readonly outChannels = 32;

  constructor(encoderChannels: readonly number[], norm: DecoderNorm) {
    super();
    const channels = [...encoderChannels.slice(1).reverse(), this.outChannels];
    // Where the encoder has no map the stream keeps its width.
    for (let i = 1; i < channels.length; i++) if (channels[i] === 0) channels[i] = channels[i - 1]!;
    this.blocks = new ModuleList(
      channels.slice(1).map((width, i) => new LinkBlock(channels[i]!, width, norm)),
    );
  }

  override forward(features: readonly FeatureMap[]): Tensor {
    const [head, ...skips] = features.slice(1).reverse();
    return scope(() => {
      let x = head!;
      for (const [i, block] of [...this.blocks].entries()) {
        const next = block.forward(x, skips[i] ?? null);
        if (x !== head) x.dispose();
        x = next;
      }
      return x;
    });
  }
}
