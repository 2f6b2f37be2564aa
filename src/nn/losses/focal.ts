import { ops, scope, type Tensor } from '../../engine/index.ts';
import { classPlanes, DEFAULT_IGNORE_INDEX, flattenPixels, inFullPrecision, Loss, labelled } from './loss.ts';

/** Options of {@link FocalLoss}; defaults are those of segmentation_models_pytorch. */
export interface FocalOptions {
  /** Weight of a pixel's own class against the others; null: none. */
  alpha?: number | null;
  /** How fast well-classified pixels lose weight. */
  gamma?: number;
  /** Divide each class by the sum of its focal terms. */
  normalized?: boolean;
  /** Targets with this value do not count; null: all count. */
  ignoreIndex?: number | null;
}

/**
 * Focal loss (Lin et al. 2017), every class against all others by sigmoid: (1 − p)^γ · cross-entropy, mean over pixels
 * and sum over classes.
 */
export class FocalLoss extends Loss {
  readonly alpha: number | null;
  readonly gamma: number;
  readonly normalized: boolean;
  readonly ignoreIndex: number | null;

  constructor(options: FocalOptions = {}) {
    super();
    const { alpha = null, gamma = 2, normalized = false, ignoreIndex = DEFAULT_IGNORE_INDEX } = options;
    this.alpha = alpha;
    this.gamma = gamma;
    this.normalized = normalized;
    this.ignoreIndex = ignoreIndex;
  }

  forward(logits: Tensor, targets: Tensor): Tensor {
    return scope(() => {
      const flat = flattenPixels(inFullPrecision(logits), targets);
      const mask = labelled(flat.targets, this.ignoreIndex, flat.logits);
      const truth = classPlanes(flat.targets, flat.logits.shape[1]!, mask, flat.logits);
      const entropy = ops.binaryCrossEntropyWithLogits(flat.logits, truth, { reduction: 'none' });
      const doubt = ops.pow(ops.add(ops.neg(ops.exp(ops.neg(entropy))), 1), this.gamma);
      const focal = mask ? ops.mul(doubt, ops.unsqueeze(mask, 1)) : doubt;
      let loss = ops.mul(focal, entropy);
      if (this.alpha !== null) {
        // α for the pixel's own class, 1 − α for the others.
        loss = ops.mul(loss, ops.add(ops.mul(truth, 2 * this.alpha - 1), 1 - this.alpha));
      }
      if (this.normalized)
        loss = ops.div(loss, ops.clamp(ops.sum(focal, { dim: [0, 2], keepdim: true }), 1e-6));
      if (!mask) return ops.div(ops.sum(loss), flat.targets.numel);
      return ops.div(ops.sum(loss), ops.clamp(ops.sum(mask), 1));
    });
  }
}
