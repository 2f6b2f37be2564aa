import { noGrad, ops, scope, type Tensor, withDevice } from '../../engine/index.ts';
import { Conv2d, FusedConv2d, Module, parameter } from '../../nn/index.ts';

/**
 * A 3×3 convolution of a map that is doubled by nearest neighbours and joined with others of that size, which makes neither the
 * doubled map nor the joined one: each has a convolution of its own. The same sums in another order, for inference.
 */
export class DoublingConv2d extends Module {
  readonly doubled: FusedConv2d;
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
    const others = conv.inChannels - channels;
    const [doubled, beside] = scope(() => [
      partOf(conv, 0, channels, true),
      others > 0 ? partOf(conv, channels, others, false) : null,
    ]);
    this.doubled = new FusedConv2d(doubled, { relu: relu && beside === null, doubled: true });
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
      if (this.beside === null) return doubled;
      const joined = skips.length === 1 ? skips[0]! : ops.cat(skips, 1);
      return this.beside.forward(joined, doubled);
    });
  }
}

/** What a convolution does to some of its channels. */
function partOf(conv: Conv2d, from: number, channels: number, bias: boolean): Conv2d {
  const biased = bias && conv.bias !== null;
  // On `meta` nothing is drawn: the weights are known.
  const part = withDevice(
    'meta',
    () => new Conv2d(channels, conv.outChannels, 3, { padding: 1, bias: biased }),
  );
  noGrad(() => {
    part.setOwn('weight', parameter(ops.clone(ops.narrow(conv.weight, 1, from, channels)), false));
    if (biased) part.setOwn('bias', parameter(ops.clone(conv.bias!), false));
  });
  return part;
}
