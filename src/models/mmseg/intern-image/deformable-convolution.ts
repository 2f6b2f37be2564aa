import { ops, type Tensor, tensor, zeros } from '../../../engine/index.ts';
import {
  Conv2d,
  GELU,
  init,
  Linear,
  Module,
  type Parameter,
  parameter,
  Sequential,
} from '../../../nn/index.ts';
import { multiScaleDeformableAttention, TensorCache } from '../../attention/index.ts';
import type { InternImageConfig } from './config.ts';
import { layoutNorm } from './norm.ts';

const KERNEL = 3;
const POINTS = KERNEL * KERNEL;

/**
 * DCNv3: a 3 × 3 convolution whose nine taps move by predicted offsets and are weighted by a predicted softmax, group by
 * group of channels. Written with grid sampling.
 *
 * @see Wang et al., "InternImage: exploring large-scale vision foundation models with deformable convolutions", 2022
 */
export class DeformableConvolution extends Module {
  declare center_feature_scale_proj_weight?: Parameter;
  declare center_feature_scale_proj_bias?: Parameter;
  readonly dw_conv: Sequential;
  readonly offset: Linear;
  readonly mask: Linear;
  readonly input_proj: Linear;
  readonly output_proj: Linear;
  readonly #groups: number;
  readonly #offsetScale: number;
  readonly #cache = new TensorCache();

  constructor(width: number, groups: number, config: InternImageConfig) {
    super();
    this.#groups = groups;
    this.#offsetScale = config.offsetScale;
    const side = config.depthwiseKernel;
    this.dw_conv = new Sequential(
      new Conv2d(width, width, side, { padding: (side - 1) / 2, groups: width }),
      layoutNorm(width, 'first', 'last'),
      new GELU(),
    );
    this.offset = new Linear(width, groups * POINTS * 2);
    this.mask = new Linear(width, groups * POINTS);
    this.input_proj = new Linear(width, width);
    this.output_proj = new Linear(width, width);
    if (config.centreFeatureScale) {
      this.center_feature_scale_proj_weight = parameter(zeros([groups, width]));
      this.center_feature_scale_proj_bias = parameter(zeros([groups]));
    }
  }

  /** Weights as the authors start: taps in place and equally heavy. */
  resetParameters(): void {
    for (const layer of [this.offset, this.mask, this.input_proj, this.output_proj]) init.zeros_(layer.bias!);
    for (const layer of [this.offset, this.mask]) init.zeros_(layer.weight);
    for (const layer of [this.input_proj, this.output_proj]) init.xavierUniform_(layer.weight);
  }

  /** `[N, H, W, C]` to the same. */
  forward(map: Tensor): Tensor {
    const [, height, width, channels] = map.shape as [number, number, number, number];
    const cells = height * width;
    const groups = this.#groups;
    const projected = this.input_proj.forward(map);
    const context = this.dw_conv.forward(ops.permute(map, [0, 3, 1, 2]));
    const offsets = ops.reshape(this.offset.forward(context), [-1, cells, groups, POINTS, 2]);
    const scores = ops.reshape(this.mask.forward(context), [-1, cells, groups, POINTS]);
    const steps = this.#cache.get(`steps ${height}×${width}`, map, () => {
      return tensor([(2 * this.#offsetScale) / width, (2 * this.#offsetScale) / height]);
    });
    const taps = this.#cache.get(`taps ${height}×${width}`, map, () =>
      tapPlaces(height, width, this.#offsetScale),
    );
    const sampled = multiScaleDeformableAttention(
      ops.reshape(projected, [-1, cells, groups, channels / groups]),
      [[height, width]],
      [ops.add(ops.mul(offsets, steps), taps)],
      ops.softmax(scores, -1),
    );
    const mixed = ops.reshape(sampled, [-1, height, width, channels]);
    return this.output_proj.forward(this.#mixCentre(mixed, projected, context));
  }

  /** A learned gate per group between the deformed and the plain features. */
  #mixCentre(deformed: Tensor, plain: Tensor, context: Tensor): Tensor {
    const { center_feature_scale_proj_weight: weight, center_feature_scale_proj_bias: bias } = this;
    if (!weight || !bias) return deformed;
    const gate = ops.sigmoid(ops.linear(context, weight, bias));
    const wide = ops.repeatInterleave(gate, plain.shape[3]! / this.#groups, 3);
    return ops.add(deformed, ops.mul(ops.sub(plain, deformed), wide));
  }
}

/**
 * Where the nine taps of every cell are before offsets, in grid-sampling coordinates: `[H·W, 1, 9, 2]`. Taps run column by
 * column, as in the authors' weights.
 */
function tapPlaces(height: number, width: number, offsetScale: number): Tensor {
  const places = new Float32Array(height * width * POINTS * 2);
  let index = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let tap = 0; tap < POINTS; tap++) {
        const x = column + (Math.floor(tap / KERNEL) - 1) * offsetScale;
        const y = row + ((tap % KERNEL) - 1) * offsetScale;
        places[index++] = (2 * x + 1) / width - 1;
        places[index++] = (2 * y + 1) / height - 1;
      }
    }
  }
  return tensor(places, [height * width, 1, POINTS, 2]);
}
