import { ops, scope, type Tensor } from '../../../engine/index.ts';
import { BatchNorm2d, Conv2d, Dropout, Linear, Module, ModuleList } from '../../../nn/index.ts';
import { resizeTo } from '../../resize.ts';
import { mapSize, mapToTokens, tokensToMap } from '../tokens.ts';
import type { SegformerConfig } from './config.ts';

/** A linear layer over the channels of one stage. */
class StageProjection extends Module {
  readonly proj: Linear;

  constructor(inChannels: number, width: number) {
    super();
    this.proj = new Linear(inChannels, width);
  }

  forward(map: Tensor): Tensor {
    return tokensToMap(this.proj.forward(mapToTokens(map)), mapSize(map));
  }
}

/**
 * The all-MLP decoder: every stage projected to one width, brought to stride 4, fused by a 1×1 convolution.
 *
 * The fusion is linear and so is bilinear resizing, and a resizing's weights add up to one: each stage is fused at its
 * own size before it is enlarged. The numbers are the same; most of the multiplications are saved.
 *
 * @see Xie et al., "SegFormer", 2021, section 3.2
 */
export class SegformerDecodeHead extends Module {
  readonly linear_c: ModuleList<StageProjection>;
  readonly linear_fuse: Conv2d;
  readonly batch_norm: BatchNorm2d;
  readonly dropout: Dropout;
  readonly classifier: Conv2d;

  constructor({ hiddenSizes, decoderWidth, classifierDropout, classes }: SegformerConfig) {
    super();
    this.linear_c = new ModuleList(hiddenSizes.map((width) => new StageProjection(width, decoderWidth)));
    this.linear_fuse = new Conv2d(decoderWidth * hiddenSizes.length, decoderWidth, 1, { bias: false });
    this.batch_norm = new BatchNorm2d(decoderWidth);
    this.dropout = new Dropout(classifierDropout);
    this.classifier = new Conv2d(decoderWidth, classes, 1);
  }

  /**
   * @param features maps of the encoder, finest first
   * @returns logits `[N, classes, H/4, W/4]`
   */
  forward(features: readonly Tensor[]): Tensor {
    return scope(() => {
      const fused = this.#fuse(features);
      const activated = scope(() => ops.relu(this.batch_norm.forward(fused)));
      fused.dispose();
      return this.classifier.forward(this.dropout.forward(activated));
    });
  }

  #fuse(features: readonly Tensor[]): Tensor {
    const size = mapSize(features[0]!);
    const width = this.linear_fuse.weight.shape[0]!;
    let sum: Tensor | undefined;
    for (const [stage, map] of features.entries()) {
      const before = sum;
      sum = scope(() => {
        // The kernel holds the coarsest stage first.
        const kernel = ops.narrow(this.linear_fuse.weight, 1, (features.length - 1 - stage) * width, width);
        const part = ops.conv2d(this.linear_c[stage]!.forward(map), kernel, null);
        const enlarged = stage === 0 ? part : resizeTo(part, ...size, { mode: 'bilinear' });
        return before === undefined ? enlarged : ops.add(before, enlarged);
      });
      before?.dispose();
    }
    return sum!;
  }
}
