import type { DType } from '../dtype.ts';
import type { Tensor } from '../tensor.ts';

type Both = readonly [vertical: number, horizontal: number];

/** A convolution but for its weights. */
export interface PackedGeometry {
  /** Channels of the result. */
  readonly outChannels: number;
  readonly stride: Both;
  readonly padding: Both;
  readonly dilation: Both;
  readonly groups: number;
  /** Whether the map is doubled by nearest neighbours before. */
  readonly doubled: boolean;
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
  /** Whether this libtorch and this processor have it, for such weights `[Cout, Cin / groups, kh, kw]` and arithmetic. */
  takes(weight: Tensor, geometry: PackedGeometry, dtype: DType): boolean;
  /** The weights in its order, rounded to that type. */
  pack(weight: Tensor, geometry: PackedGeometry, dtype: DType): Tensor;
  /** The bias in the type that {@link convolve} takes it in. */
  packBias(bias: Tensor, dtype: DType): Tensor;
  /**
   * A convolution of `[N, Cin, H, W]`, of the packed weights' type; the result is laid out channels last. Neither autograd nor
   * autocast know it.
   */
  convolve(
    x: Tensor,
    packed: Tensor,
    bias: Tensor | null,
    geometry: PackedGeometry,
    ending?: PackedEnding,
  ): Tensor;
}
