import type { Tensor } from '../engine/index.ts';
import type { SegmentationNetwork } from './network.ts';

/** Logits of a head that only training uses. */
export interface AuxiliaryLogits {
  /** `[N, classes, H, W]` */
  readonly logits: Tensor;
  /** Factor of this head's loss, which is added to the main one. */
  readonly weight: number;
}

/** A network with heads besides the main one that the same loss supervises (UperNet). */
export interface AuxiliarySupervision {
  /** @param images `[N, channels, H, W]` */
  forwardTraining(images: Tensor): { logits: Tensor; auxiliary: readonly AuxiliaryLogits[] };
}

/** A network whose training objective is its own and no function of pixel logits (Mask2Former). */
export interface OwnObjective {
  /**
   * @param images `[N, channels, H, W]`
   * @param targets class indices int64 `[N, H, W]`; those outside 0 … classes − 1 are ignored
   * @returns the loss, and the logits `[N, classes, H, W]` for running scores, without gradient
   */
  objective(images: Tensor, targets: Tensor): { loss: Tensor; logits: Tensor };
}

/** Whether training must use {@link AuxiliarySupervision.forwardTraining} instead of `forward`. */
export function hasAuxiliarySupervision(
  network: SegmentationNetwork,
): network is SegmentationNetwork & AuxiliarySupervision {
  return 'forwardTraining' in network;
}

/** Whether training must use {@link OwnObjective.objective} instead of a loss on the logits. */
export function hasOwnObjective(network: SegmentationNetwork): network is SegmentationNetwork & OwnObjective {
  return 'objective' in network;
}
