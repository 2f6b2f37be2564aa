import { type DType, noGrad, ops, scope, type Tensor } from '../../engine/index.ts';
import { Module } from '../module.ts';
import { type Parameter, parameter } from '../parameter.ts';
import type { Conv2d } from './conv.ts';

/**
 * A convolution together with what surrounds it, for inference: max(conv(x) + onto, 0), of a map as it is or doubled by nearest
 * neighbours. Packed ({@link pack}) it writes each result once and doubles no map; before that the same operators run one after the
 * other.
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
  constructor(conv: Conv2d, { relu = false, doubled = false } = {}) {
    super();
    const { weight, bias, outChannels, stride, padding, dilation, groups } = conv;
    this.weight = weight;
    this.bias = bias;
    this.relu = relu;
    this.#geometry = { outChannels, stride, padding, dilation, groups, doubled };
    this.eval();
  }

  /**
   * @param x `[N, Cin, H, W]`, before it is doubled
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
    const { doubled, ...geometry } = this.#geometry;
    const seen = doubled ? ops.interpolate(x, { scaleFactor: 2, mode: 'nearest' }) : x;
    const map = ops.conv2d(seen, this.weight!, this.bias, geometry);
    if (onto) ops.add_(map, onto);
    return this.relu ? ops.relu_(map) : map;
  }

  /**
   * Rounds the weights to the type to compute in and brings them into the processor's own order, where it has one: there they leave
   * the state dict.
   */
  pack(dtype: DType = 'float32'): void {
    const { weight, bias } = this;
    if (weight === null) return;
    const kernel = ops.convolutionKernel(weight, this.#geometry, dtype);
    if (kernel === null) {
      this.to({ dtype });
      return;
    }
    const packed = noGrad(() => kernel.pack(weight, this.#geometry, dtype));
    this.registerBuffer('packed', packed, false);
    this.#kernel = kernel;
    this.weight = null;
    weight.dispose();
    if (bias === null) return;
    const rounded = noGrad(() => kernel.packBias(bias, dtype));
    if (rounded === bias) return;
    this.bias = parameter(rounded, false);
    bias.dispose();
  }
}
