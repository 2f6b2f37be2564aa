import { noGrad, ops, scope, type Tensor, withDevice } from '../../engine/index.ts';
import { Conv2d, ConvTranspose2d, FusedConv2d, Module, parameter } from '../../nn/index.ts';

/**
 * A 3×3 convolution of a map that is doubled by nearest neighbours and joined with others of that size, which makes neither the
 * doubled map nor the joined one: what the kernel does to the doubled map is a transposed convolution of the small one (4×4,
 * stride 2), with four products a cell in place of nine; the others have a convolution of their own. The same sums in another
 * order, for inference.
 */
export class DoublingConv2d extends Module {
  readonly doubled: ConvTranspose2d;
  readonly beside: FusedConv2d | null;
  readonly relu: boolean;

  /**
   * @param conv 3×3 with padding 1, whose first channels see the doubled map; left as it is
   * @param channels of the doubled map
   * @param relu whether negative results become zero
   */
  constructor(conv: Conv2d, channels: number, { relu = false } = {}) {
    super();
    this.relu = relu;
    const { weight, bias, inChannels, outChannels } = conv;
    const others = inChannels - channels;
    // On `meta` nothing is drawn: the weights are known.
    const [doubled, beside] = withDevice('meta', () => [
      new ConvTranspose2d(channels, outChannels, 4, { stride: 2, padding: 1, bias: bias !== null }),
      others > 0 ? new Conv2d(others, outChannels, 3, { padding: 1, bias: false }) : null,
    ]);
    noGrad(() =>
      scope(() => {
        doubled.setOwn('weight', parameter(transposedKernel(ops.narrow(weight, 1, 0, channels)), false));
        if (bias) doubled.setOwn('bias', parameter(ops.clone(bias), false));
        beside?.setOwn('weight', parameter(ops.clone(ops.narrow(weight, 1, channels, others)), false));
      }),
    );
    this.doubled = doubled;
    this.beside = beside && new FusedConv2d(beside, { relu });
    this.eval();
  }

  /** Whether maps of these sizes are what it computes. */
  fits(x: Tensor, height: number, width: number): boolean {
    return x.size(2) * 2 === height && x.size(3) * 2 === width;
  }

  /** @param skips what the doubled map is joined with */
  forward(x: Tensor, skips: readonly Tensor[]): Tensor {
    return scope(() => {
      const doubled = this.doubled.forward(x);
      if (this.beside === null) return this.relu ? ops.relu_(doubled) : doubled;
      const joined = skips.length === 1 ? skips[0]! : ops.cat(skips, 1);
      return this.beside.forward(joined, doubled);
    });
  }
}

/**
 * Kernel `[in, out, 4, 4]` that does to a map what `[out, in, 3, 3]` does to its double: cell `t` gathers the taps that fall on the
 * same small cell, 2 − t and 3 − t.
 */
function transposedKernel(kernel: Tensor): Tensor {
  const exact = kernel.to({ dtype: 'float64' });
  const pairs = ops.mul(ops.avgPool2d(exact, [2, 2], { stride: [1, 1], padding: [1, 1] }), 4);
  return ops.transpose(ops.flip(pairs, [2, 3]), 0, 1).to({ dtype: kernel.dtype });
}
