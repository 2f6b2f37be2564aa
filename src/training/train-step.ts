import type { Batch } from '../data/index.ts';
import { noGrad, ops, scope, type Tensor } from '../engine/index.ts';
import { hasAuxiliarySupervision, hasOwnObjective, type SegmentationNetwork } from '../models/index.ts';
import { CheckpointTape, clipGradNorm, type GradScaler, type Loss, type Optimizer } from '../nn/index.ts';
import {
  atImageSize,
  type ComputeOptions,
  inPrecision,
  moveBatch,
  type PlacedBatch,
  rawLogits,
} from './forward.ts';

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
  /** Runs blocks of the encoder again for their gradients instead of keeping their activations. */
  readonly gradientCheckpointing?: boolean;
  /** `ign` trains the main head alone, as IGN does. Default `none`. */
  readonly compat?: 'none' | 'ign';
}

/** What a step tells. */
export interface StepResult {
  readonly loss: number;
  /** Predicted class indices `[N, H, W]`, when asked for. */
  readonly predicted: Uint8Array | null;
}

/** The loss of a batch, and the scores it came from: the network's own objective where it has one. */
function supervise(
  { network, loss, compute, compat }: StepParts,
  batch: PlacedBatch,
): { value: Tensor; logits: Tensor } {
  const { images, targets } = batch;
  if (hasOwnObjective(network)) {
    const { loss: value, logits } = inPrecision(compute, () => network.objective(images, targets));
    return { value, logits };
  }
  if (compat === 'ign' || !hasAuxiliarySupervision(network)) {
    const logits = inPrecision(compute, () => atImageSize(rawLogits(network, batch), batch));
    return { value: loss.forward(logits, targets), logits };
  }
  const { logits, auxiliary } = inPrecision(compute, () => {
    const heads = network.forwardTraining(images);
    const resized = heads.auxiliary.map((head) => ({ ...head, logits: atImageSize(head.logits, batch) }));
    return { logits: atImageSize(heads.logits, batch), auxiliary: resized };
  });
  const value = auxiliary.reduce(
    (sum, head) => ops.add(sum, ops.mul(loss.forward(head.logits, targets), head.weight)),
    loss.forward(logits, targets),
  );
  return { value, logits };
}

/**
 * The first half of a step: forward, loss, backward. The gradients of the step before are forgotten.
 * @param wantPredictions also return the classes predicted on the way, for the running scores
 */
export function computeGradients(parts: StepParts, batch: Batch, wantPredictions: boolean): StepResult {
  const { optimizer, scaler } = parts;
  return scope(() => {
    const placed = moveBatch(batch, parts.compute);
    optimizer.zeroGrad();
    const tape = parts.gradientCheckpointing
      ? new CheckpointTape({ around: (run) => inPrecision(parts.compute, run) })
      : null;
    const forward = () => supervise(parts, placed);
    const { value, logits } = tape ? tape.record(forward) : forward();
    const scaled = scaler ? scaler.scale(value) : value;
    if (tape) tape.backward(scaled);
    else scaled.backward();
    return { loss: value.item(), predicted: wantPredictions ? classesOf(logits) : null };
  });
}

/** The second half of a step: clipping, update. */
export function applyGradients({
  optimizer,
  scaler,
  gradientClip,
}: Pick<StepParts, 'optimizer' | 'scaler' | 'gradientClip'>): void {
  scope(() => {
    if (gradientClip !== null) {
      scaler?.unscale(optimizer);
      clipGradNorm(optimizer.parameters(), gradientClip);
    }
    if (scaler) {
      scaler.step(optimizer);
      scaler.update();
    } else optimizer.step();
  });
}

/**
 * One step: forward, loss, backward, update.
 * @param wantPredictions also return the classes predicted on the way, for the running scores
 */
export function trainStep(parts: StepParts, batch: Batch, wantPredictions: boolean): StepResult {
  const result = computeGradients(parts, batch, wantPredictions);
  applyGradients(parts);
  return result;
}

/** The best class of each pixel, uint8. */
export function classesOf(logits: Tensor): Uint8Array {
  return noGrad(() => ops.bestClass(logits.detach()).toTypedArray()) as Uint8Array;
}
