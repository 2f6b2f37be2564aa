import type { Batch } from '../data/index.ts';
import { noGrad, ops, scope, type Tensor } from '../engine/index.ts';
import type { SegmentationNetwork } from '../models/index.ts';
import { clipGradNorm, type GradScaler, type Loss, type Optimizer } from '../nn/index.ts';
import { type ComputeOptions, inPrecision, logitsAtImageSize, moveBatch } from './forward.ts';

/** What a step of training works with. */
export interface StepParts {
  readonly network: SegmentationNetwork;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** Loss scaling, for fp16. */
  readonly scaler: GradScaler | null;
  /** Largest norm of all gradients; null does not clip. */
  readonly gradientClip: number | null;
  readonly compute: ComputeOptions;
}

/** What a step tells. */
export interface StepResult {
  readonly loss: number;
  /** Predicted class indices `[N, H, W]`, when asked for. */
  readonly predicted: Uint8Array | null;
}

/**
 * One step: forward, loss, backward, update.
 * @param wantPredictions also return the classes predicted on the way, for the running scores
 */
export function trainStep(parts: StepParts, batch: Batch, wantPredictions: boolean): StepResult {
  const { network, loss, optimizer, scaler, gradientClip, compute } = parts;
  return scope(() => {
    const [images, targets] = moveBatch(batch, compute);
    optimizer.zeroGrad();
    const logits = inPrecision(compute, () => logitsAtImageSize(network, images));
    const value = loss.forward(logits, targets);
    (scaler ? scaler.scale(value) : value).backward();
    if (gradientClip !== null) {
      scaler?.unscale(optimizer);
      clipGradNorm(optimizer.parameters(), gradientClip);
    }
    if (scaler) {
      scaler.step(optimizer);
      scaler.update();
    } else optimizer.step();
    return { loss: value.item(), predicted: wantPredictions ? classesOf(logits) : null };
  });
}

/** The best class of each pixel, uint8. */
export function classesOf(logits: Tensor): Uint8Array {
  return noGrad(() => ops.argmax(logits.detach(), 1).to({ dtype: 'uint8' }).toTypedArray()) as Uint8Array;
}
