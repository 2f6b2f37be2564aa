import { ops, scope, type Tensor } from '../../engine/index.ts';
import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Module,
  ModuleList,
  Sequential,
  type TensorModule,
} from '../../nn/index.ts';
import { ReLUInPlace } from '../activation.ts';

/** A depthwise and a pointwise convolution in place of a 3×3 one. */
export class SeparableConv2d extends Sequential {
  constructor(inChannels: number, outChannels: number, dilation = 1) {
    super(
      new Conv2d(inChannels, inChannels, 3, { padding: dilation, dilation, groups: inChannels, bias: false }),
      new Conv2d(inChannels, outChannels, 1, { bias: false }),
    );
  }
}

/** A convolution without bias, batch norm and ReLU. */
export function normed(convolution: TensorModule, channels: number): Sequential {
  return new Sequential(convolution, new BatchNorm2d(channels), new ReLUInPlace());
}

/** The mean of the whole map, brought back to its size. */
class ASPPPooling extends Sequential {
  constructor(inChannels: number, outChannels: number) {
    super(
      new AdaptiveAvgPool2d(1),
      new Conv2d(inChannels, outChannels, 1, { bias: false }),
      new BatchNorm2d(outChannels),
      new ReLUInPlace(),
    );
  }

  override forward(x: Tensor): Tensor {
    const [, , height, width] = x.shape as [number, number, number, number];
    return scope(() => ops.interpolate(super.forward(x), { size: [height, width], mode: 'bilinear' }));
  }
}

/** Options of {@link ASPP}. */
export interface ASPPOptions {
  readonly atrousRates: readonly [number, number, number];
  readonly separable: boolean;
  readonly dropout: number;
}

/**
 * Atrous spatial pyramid pooling: convolutions of several dilations side by side.
 *
 * Source: Chen et al., "Rethinking atrous convolution for semantic image segmentation", 2017.
 */
export class ASPP extends Module {
  convs: ModuleList;
  project: Sequential;

  constructor(inChannels: number, outChannels: number, { atrousRates, separable, dropout }: ASPPOptions) {
    super();
    const dilated = (dilation: number) => {
      return separable
        ? new SeparableConv2d(inChannels, outChannels, dilation)
        : new Conv2d(inChannels, outChannels, 3, { padding: dilation, dilation, bias: false });
    };
    this.convs = new ModuleList<TensorModule>([
      normed(new Conv2d(inChannels, outChannels, 1, { bias: false }), outChannels),
      ...atrousRates.map((rate) => normed(dilated(rate), outChannels)),
      new ASPPPooling(inChannels, outChannels),
    ]);
    this.project = new Sequential(
      new Conv2d(outChannels * 5, outChannels, 1, { bias: false }),
      new BatchNorm2d(outChannels),
      new ReLUInPlace(),
      new Dropout(dropout),
    );
  }

  forward(x: Tensor): Tensor {
    return scope(() =>
      this.project.forward(
        ops.cat(
          Array.from(this.convs, (conv) => conv.forward(x)),
          1,
        ),
      ),
    );
  }
}
