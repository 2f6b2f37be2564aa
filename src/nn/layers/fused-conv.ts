import { noGrad, ops, scope, type Tensor } from '../../engine/index.ts';
import { Module } from '../module.ts';
import type { Parameter } from '../parameter.ts';
import type { Conv2d } from './conv.ts';

/**
 * A convolution together with what follows it, for inference: max(conv(x) + onto, 0). Packed ({@link pack}) it writes each
 * result once; before that the same operators run one after the other.
 */
export class FusedConv2d extends Module {
  /** Null once it is packed. */
  weight: Parameter | null;
  bias: Parameter | null;
  packed: Tensor | null = null;
  readonly relu: boolean;
  readonly #geometry: ops.PackedGeometry;
  #kernel: ops.ConvolutionKernel | null = null;

  /** @param conv whose weights it takes over */
  constructor(conv: Conv2d, { relu = false } = {}) {
    super();
    const { weight, bias, stride, padding, dilation, groups } = conv;
    this.weight = weight;
    this.bias = bias;
    this.relu = relu;
    this.#geometry = { stride, padding, dilation, groups };
    this.eval();
  }

  /**
   * @param x `[N, Cin, H, W]`
   * @param onto of the result's shape, added before the activation; left as it is
   */
  forward(x: Tensor, onto: Tensor | null = null): Tensor {
    return scope(() => {
      const { packed, bias, relu } = this;
      if (packed === null) return this.#oneByOne(x, onto);
      const alike = (map: Tensor) => map.to({ dtype: packed.dtype });
      const ending = { onto: onto && alike(onto), relu };
      return this.#kernel!.convolve(alike(x), packed, bias, this.#geometry, ending);
    });
  }

  #oneByOne(x: Tensor, onto: Tensor | null): Tensor {
    const map = ops.conv2d(x, this.weight!, this.bias, this.#geometry);
    if (onto) ops.add_(map, onto);
    return this.relu ? ops.relu_(map) : map;
  }

  /** Brings the weights into the processor's own order, where it has one. They leave the state dict. */
  pack(): void {
    const { weight } = this;
    if (weight === null) return;
    const kernel = ops.convolutionKernel(weight, this.#geometry);
    if (kernel === null) return;
    const packed = noGrad(() => kernel.pack(weight, this.#geometry));
    this.registerBuffer('packed', packed, false);
    this.#kernel = kernel;
    this.weight = null;
    weight.dispose();
  }
}
