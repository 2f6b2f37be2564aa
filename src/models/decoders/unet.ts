import { scope, type Tensor } from '../../engine/index.ts';
import { ModuleList } from '../../nn/index.ts';
import type { FeatureMap } from '../encoders/encoder.ts';
import { blockChannels, Decoder } from './decoder.ts';
import { featureSize, UnetBlock, type UnetBlockOptions } from './unet-block.ts';

/**
 * U-Net: one block a halving, each joined with the encoder's map of its size.
 *
 * Source: Ronneberger et al., 2015; layout of `segmentation_models_pytorch`.
 */
export class UnetDecoder extends Decoder {
  blocks: ModuleList<UnetBlock>;
  readonly outChannels: number;

  constructor(
    encoderChannels: readonly number[],
    decoderChannels: readonly number[] | number,
    options: UnetBlockOptions,
  ) {
    super();
    const [head, ...skips] = encoderChannels.slice(1).reverse() as [number, ...number[]];
    const widths = blockChannels(decoderChannels, encoderChannels.length - 1);
    this.blocks = new ModuleList(
      widths.map((width, i) => new UnetBlock(i === 0 ? head : widths[i - 1]!, skips[i] ?? 0, width, options)),
    );
    this.outChannels = widths.at(-1)!;
  }

  override forward(features: readonly FeatureMap[]): Tensor {
    const deepest = features.length - 1;
    return scope(() => {
      const head = features[deepest]!;
      let x = head;
      for (const [i, block] of [...this.blocks].entries()) {
        const level = deepest - 1 - i;
        const skip = level > 0 ? features[level]! : null;
        const next = block.forward(x, skip === null ? [] : [skip], ...featureSize(features, level));
        if (x !== head) x.dispose();
        x = next;
      }
      return x;
    });
  }
}
