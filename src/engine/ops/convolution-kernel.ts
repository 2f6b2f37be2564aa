import type { Tensor } from '../tensor.ts';

type Both = readonly [vertical: number, horizontal: number];

/** Geometry of a convolution. */
export interface PackedGeometry {
  readonly stride: Both;
  readonly padding: Both;
  readonly dilation: Both;
  readonly groups: number;
}

/** What a convolution does before it writes its sums. */
export interface PackedEnding {
  /** A map of the result's shape that is added. */
  readonly onto?: Tensor | null;
  /** Whether what is negative becomes zero, after the addition. */
  readonly relu?: boolean;
}

/** A way to convolve on the processor with weights brought into its own order. */
export interface ConvolutionKernel {
  /** Whether this libtorch and this processor have it, for such weights `[Cout, Cin / groups, kh, kw]`. */
  takes(weight: Tensor, geometry: PackedGeometry): boolean;
  /** The weights in its order. */
  pack(weight: Tensor, geometry: PackedGeometry): Tensor;
  /**
   * A convolution of `[N, Cin, H, W]`, of the weights' type; the result is laid out channels last. Neither autograd nor autocast
   * know it.
   */
  convolve(
    x: Tensor,
    packed: Tensor,
    bias: Tensor | null,
    geometry: PackedGeometry,
    ending?: PackedEnding,
  ): Tensor;
}
