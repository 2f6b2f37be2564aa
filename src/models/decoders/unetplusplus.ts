import { scope, type Tensor } from '../../engine/index.ts';
import { ModuleDict } from '../../nn/index.ts';
import type { FeatureMap } from '../encoders/encoder.ts';
import { blockChannels, Decoder } from './decoder.ts';
import { UnetBlock, type UnetBlockOptions } from './unet-block.ts';

const blockName = (depth: number, layer: number) => `x_${depth}_${layer}`;

/**
 * U-Net++: skip connections that are themselves small U-Nets. `x_d_l` is the block that makes the `d`-th step towards the
 * result of layer `l`. Blocks at a size for which the encoder has no map have no channels and do not exist.
 *
 * Source: Zhou et al., 2018; layout of `segmentation_models_pytorch`.
 */
export class UnetPlusPlusDecoder extends Decoder {
  blocks = new ModuleDict<UnetBlock>();
  readonly outChannels: number;
  readonly #depth: number;

  constructor(
    encoderChannels: readonly number[],
    decoderChannels: readonly number[] | number,
    options: UnetBlockOptions,
  ) {
    super();
    const [head, ...skips] = encoderChannels.slice(1).reverse() as [number, ...number[]];
    const widths = blockChannels(decoderChannels, encoderChannels.length - 1);
    this.#depth = widths.length - 1;
    const inChannels = [head, ...widths];
    for (let layer = 0; layer < this.#depth; layer++) {
      const skip = skips[layer]!;
      for (let depth = 0; depth <= layer; depth++) {
        const from = depth === 0 ? inChannels[layer]! : skips[layer - 1]!;
        const width = depth === 0 ? widths[layer]! : skip;
        if (width === 0) continue;
        const joined = skip * (layer + 1 - depth);
        this.blocks.set(blockName(depth, layer), new UnetBlock(from, joined, width, options));
      }
    }
    const last = new UnetBlock(inChannels[this.#depth]!, 0, widths[this.#depth]!, options);
    this.blocks.set(blockName(0, this.#depth), last);
    this.outChannels = widths.at(-1)!;
  }

  override forward(features: readonly FeatureMap[]): Tensor {
    const maps = features.slice(1).reverse();
    return scope(() => {
      const results = new Map<string, Tensor>();
      for (let layer = 0; layer < this.#depth; layer++)
        for (let depth = layer; depth >= 0; depth--) {
          const block = this.blocks.get(blockName(depth, layer));
          if (block === undefined) continue;
          const below = depth === layer ? maps[depth]! : results.get(blockName(depth, layer - 1))!;
          const inner = Array.from({ length: layer - depth }, (_, i) =>
            results.get(blockName(depth + 1 + i, layer)),
          );
          const skips = [...inner, maps[layer + 1]].filter((map) => map !== undefined && map !== null);
          results.set(blockName(depth, layer), doubled(block, below, skips));
        }
      const last = this.blocks.get(blockName(0, this.#depth))!;
      return doubled(last, results.get(blockName(0, this.#depth - 1)) ?? maps[0]!, []);
    });
  }
}

function doubled(block: UnetBlock, x: Tensor, skips: readonly Tensor[]): Tensor {
  return block.forward(x, skips, x.shape[2]! * 2, x.shape[3]! * 2);
}
