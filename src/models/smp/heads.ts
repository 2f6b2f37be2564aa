import { ops, type Tensor } from '../../engine/index.ts';
import {
  AdaptiveAvgPool2d,
  Conv2d,
  Dropout,
  Flatten,
  FusedConv2d,
  Identity,
  Linear,
  Module,
  Sequential,
  Upsample,
} from '../../nn/index.ts';
import type { HasInferenceForm } from '../inference-form.ts';
import type { ActivationName, AuxiliaryOptions } from './options.ts';

const activations: Record<NonNullable<ActivationName>, (x: Tensor) => Tensor> = {
  identity: (x) => x,
  sigmoid: ops.sigmoid,
  softmax2d: (x) => ops.softmax(x, 1),
  logsoftmax: (x) => ops.logSoftmax(x, 1),
  tanh: ops.tanh,
  argmax2d: (x) => ops.argmax(x, 1),
  clamp: (x) => ops.clamp(x, 0, 1),
};

/** The activation of a head, by name. */
class Activation extends Module {
  readonly #apply: (x: Tensor) => Tensor;

  constructor(name: ActivationName) {
    super();
    this.#apply = activations[name ?? 'identity'];
  }

  forward(x: Tensor): Tensor {
    return this.#apply(x);
  }
}

/** Options of {@link SegmentationHead}. */
export interface SegmentationHeadOptions {
  readonly kernel: number;
  /** How much smaller than the image the decoder's map is. */
  readonly upsampling: number;
  readonly activation: ActivationName;
}

/** The logits of a decoder's map, at the image's size: convolution, enlargement, activation. */
export class SegmentationHead extends Sequential implements HasInferenceForm {
  constructor(
    inChannels: number,
    classes: number,
    { kernel, upsampling, activation }: SegmentationHeadOptions,
  ) {
    const enlarge =
      upsampling > 1
        ? new Upsample({ scaleFactor: upsampling, mode: 'bilinear', alignCorners: true })
        : new Identity();
    super(
      new Conv2d(inChannels, classes, kernel, { padding: Math.floor(kernel / 2) }),
      enlarge,
      new Activation(activation),
    );
  }

  toInferenceForm(): void {
    const conv = this[0];
    // Filters of 1 × 1 gain nothing by it.
    if (conv instanceof Conv2d && conv.kernelSize[0] > 1) this.addModule('0', new FusedConv2d(conv));
  }
}

class GlobalMaxPool extends Module {
  forward(x: Tensor): Tensor {
    return ops.adaptiveMaxPool2d(x, [1, 1]);
  }
}

/** Classifies the whole image from the deepest map: pool, flatten, dropout, linear, activation. */
export class ClassificationHead extends Sequential {
  constructor(inChannels: number, options: AuxiliaryOptions) {
    const { classes, pooling = 'avg', dropout = 0.2, activation = null } = options;
    super(
      pooling === 'avg' ? new AdaptiveAvgPool2d(1) : new GlobalMaxPool(),
      new Flatten(),
      dropout > 0 ? new Dropout(dropout) : new Identity(),
      new Linear(inChannels, classes),
      new Activation(activation),
    );
  }
}
