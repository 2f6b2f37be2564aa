import { ops, scope, type Tensor } from '../../engine/index.ts';
import { Conv2d, Module, ModuleList, Sequential } from '../../nn/index.ts';
import type { FeatureMap } from '../encoders/encoder.ts';
import { enlarge } from '../resize.ts';
import type { DecoderNorm, Interpolation } from '../smp/options.ts';
import { Conv2dReLU, channelGate } from './blocks.ts';
import { blockChannels, Decoder } from './decoder.ts';

/** Attention between all pairs of places of the deepest map; one softmax over all of them, as the reference has it. */
class PositionAttention extends Module {
  top_conv: Conv2d;
  center_conv: Conv2d;
  bottom_conv: Conv2d;
  out_conv: Conv2d;

  constructor(channels: number, attentionChannels: number) {
    super();
    this.top_conv = new Conv2d(channels, attentionChannels, 1);
    this.center_conv = new Conv2d(channels, attentionChannels, 1);
    this.bottom_conv = new Conv2d(channels, channels, 3, { padding: 1 });
    this.out_conv = new Conv2d(channels, channels, 3, { padding: 1 });
  }

  forward(x: Tensor): Tensor {
    const [batch, channels, height, width] = x.shape as [number, number, number, number];
    const places = height * width;
    return scope(() => {
      const top = ops.flatten(this.top_conv.forward(x), 2);
      const center = ops.transpose(ops.flatten(this.center_conv.forward(x), 2), 1, 2);
      const bottom = ops.transpose(ops.flatten(this.bottom_conv.forward(x), 2), 1, 2);
      const scores = ops.softmax(ops.reshape(ops.matmul(center, top), [batch, places * places]), 1);
      const mixed = ops.matmul(ops.reshape(scores, [batch, places, places]), bottom);
      // `[N, places, C]` read as `[N, C, H, W]` without a transpose: published weights are trained so.
      const map = ops.reshape(mixed, [batch, channels, height, width]);
      return this.out_conv.forward(ops.add(x, map));
    });
  }
}

interface BlockOptions {
  readonly norm: DecoderNorm;
  readonly interpolation: Interpolation;
}

/** Joins a map with the encoder's, weighting the channels of the first by what both hold. */
class FusionBlock extends Module {
  hl_conv: Sequential;
  SE_ll: Sequential;
  SE_hl: Sequential;
  conv1: Conv2dReLU;
  conv2: Conv2dReLU;
  readonly #interpolation: Interpolation;

  constructor(inChannels: number, skipChannels: number, outChannels: number, options: BlockOptions) {
    super();
    const { norm, interpolation } = options;
    this.hl_conv = new Sequential(
      new Conv2dReLU(inChannels, inChannels, 3, { padding: 1, norm }),
      new Conv2dReLU(inChannels, skipChannels, 1, { norm }),
    );
    const squeezed = Math.max(1, Math.floor(skipChannels / 16));
    this.SE_ll = channelGate(skipChannels, squeezed);
    this.SE_hl = channelGate(skipChannels, squeezed);
    this.conv1 = new Conv2dReLU(skipChannels * 2, outChannels, 3, { padding: 1, norm });
    this.conv2 = new Conv2dReLU(outChannels, outChannels, 3, { padding: 1, norm });
    this.#interpolation = interpolation;
  }

  forward(x: Tensor, skip: Tensor | null): Tensor {
    return scope(() => {
      const first = scope(() => {
        const map = enlarge(this.hl_conv.forward(x), 2, { mode: this.#interpolation });
        if (skip === null) return this.conv1.forward(map);
        const gate = ops.add(this.SE_hl.forward(map), this.SE_ll.forward(skip));
        return this.conv1.forward(ops.cat([ops.mul(map, gate), skip], 1));
      });
      return this.conv2.forward(first);
    });
  }
}

/** Enlarges and convolves twice, where the encoder has no map to join. */
class PlainBlock extends Module {
  conv1: Conv2dReLU;
  conv2: Conv2dReLU;
  readonly #interpolation: Interpolation;

  constructor(inChannels: number, outChannels: number, { norm, interpolation }: BlockOptions) {
    super();
    this.conv1 = new Conv2dReLU(inChannels, outChannels, 3, { padding: 1, norm });
    this.conv2 = new Conv2dReLU(outChannels, outChannels, 3, { padding: 1, norm });
    this.#interpolation = interpolation;
  }

  forward(x: Tensor): Tensor {
    return scope(() => {
      const first = scope(() => this.conv1.forward(enlarge(x, 2, { mode: this.#interpolation })));
      return this.conv2.forward(first);
    });
  }
}

/** Options of {@link MAnetDecoder}. */
export interface MAnetOptions extends BlockOptions {
  readonly pabChannels: number;
}

/**
 * Multi-scale attention net.
 *
 * Source: Fan et al., 2020; layout of `segmentation_models_pytorch`.
 */
export class MAnetDecoder extends Decoder {
  center: PositionAttention;
  blocks: ModuleList<FusionBlock | PlainBlock>;
  readonly outChannels: number;

  constructor(
    encoderChannels: readonly number[],
    decoderChannels: readonly number[] | number,
    options: MAnetOptions,
  ) {
    super();
    const [head, ...skips] = encoderChannels.slice(1).reverse() as [number, ...number[]];
    const widths = blockChannels(decoderChannels, encoderChannels.length - 1);
    this.center = new PositionAttention(head, options.pabChannels);
    const blocks = widths.map((width, i) => {
      const inChannels = i === 0 ? head : widths[i - 1]!;
      const skip = skips[i] ?? 0;
      return skip > 0
        ? new FusionBlock(inChannels, skip, width, options)
        : new PlainBlock(inChannels, width, options);
    });
    this.blocks = new ModuleList<FusionBlock | PlainBlock>(blocks);
    this.outChannels = widths.at(-1)!;
  }

  override forward(features: readonly FeatureMap[]): Tensor {
    const [head, ...skips] = features.slice(1).reverse();
    return scope(() => {
      let x = this.center.forward(head!);
      for (const [i, block] of [...this.blocks].entries()) {
        const next = block.forward(x, skips[i] ?? null);
        x.dispose();
        x = next;
      }
      return x;
    });
  }
}
