import { ops, scope, type Tensor } from '../../engine/index.ts';
import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  Identity,
  Module,
  Sequential,
  Sigmoid,
  type TensorModule,
} from '../../nn/index.ts';
import { ReLUInPlace } from '../activation.ts';
import { type HasInferenceForm, withReluInside } from '../inference-form.ts';
import type { DecoderNorm } from '../smp/options.ts';

/** The norm layer of an option, and whether the convolution before it needs a bias. */
export function normLayer(norm: DecoderNorm, channels: number): { layer: TensorModule; bias: boolean } {
  const none = norm === false || norm === 'identity';
  return none ? { layer: new Identity(), bias: true } : { layer: new BatchNorm2d(channels), bias: false };
}

/** Convolution, norm, ReLU. */
export class Conv2dReLU extends Sequential implements HasInferenceForm {
  constructor(
    inChannels: number,
    outChannels: number,
    kernel: number,
    { padding = 0, norm = 'batchnorm' }: { padding?: number; norm?: DecoderNorm } = {},
  ) {
    const { layer, bias } = normLayer(norm, outChannels);
    super(new Conv2d(inChannels, outChannels, kernel, { padding, bias }), layer, new ReLUInPlace());
  }

  /** Whether nothing stands between convolution and activation. */
  get normless(): boolean {
    return this[1] instanceof Identity;
  }

  toInferenceForm(): void {
    const fused = withReluInside([this[0]!] as const, [this[1]!]);
    if (!fused) return;
    this.addModule('0', fused[0]);
    this.addModule('2', new Identity());
  }
}

/** A weight for each channel from the mean of the map: pool, squeeze, expand, sigmoid. */
export function channelGate(channels: number, squeezed: number): Sequential {
  return new Sequential(
    new AdaptiveAvgPool2d(1),
    new Conv2d(channels, squeezed, 1),
    new ReLUInPlace(),
    new Conv2d(squeezed, channels, 1),
    new Sigmoid(),
  );
}

/**
 * Concurrent spatial and channel squeeze and excitation.
 *
 * Source: Roy et al., 2018.
 */
class SpatialAndChannelGate extends Module {
  cSE: Sequential;
  sSE: Sequential;

  constructor(channels: number) {
    super();
    this.cSE = channelGate(channels, Math.floor(channels / 16));
    this.sSE = new Sequential(new Conv2d(channels, 1, 1), new Sigmoid());
  }

  forward(x: Tensor): Tensor {
    return scope(() => ops.add(ops.mul(x, this.cSE.forward(x)), ops.mul(x, this.sSE.forward(x))));
  }
}

/** The attention of a decoder block, under the name smp gives it; none passes its input on. */
export class Attention extends Module {
  attention: TensorModule;

  constructor(kind: 'scse' | null, channels: number) {
    super();
    this.attention = kind === 'scse' ? new SpatialAndChannelGate(channels) : new Identity();
  }

  forward(x: Tensor): Tensor {
    return this.attention.forward(x);
  }
}
