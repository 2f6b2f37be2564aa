import { Random } from '../../core/index.ts';
import type { Batch } from '../../data/index.ts';
import { noGrad, scope, type Tensor } from '../../engine/index.ts';
import type { GradScaler, Optimizer } from '../../nn/index.ts';
import { type ComputeOptions, inPrecision } from '../forward.ts';
import { applyGradients } from '../train-step.ts';
import type { MaskedImageModel } from './masked-image-model.ts';
import { drawMasks, type MaskingOptions } from './masking.ts';

/** What a step of pre-training works with. */
export interface PretrainStepParts {
  readonly model: MaskedImageModel;
  readonly optimizer: Optimizer;
  /** Loss scaling, for fp16. */
  readonly scaler: GradScaler | null;
  /** Largest norm of all gradients; null does not clip. */
  readonly gradientClip: number | null;
  readonly masking: MaskingOptions;
  readonly seed: number;
  readonly compute: ComputeOptions;
}

/** The stream that hides squares in a step. */
function maskStream(seed: number, epoch: number, step: number): Random {
  return new Random(seed, 4).fork(epoch, step);
}

function place(images: Tensor, { device, channelsLast }: ComputeOptions): Tensor {
  const placed = images.to({ device, nonBlocking: true });
  return channelsLast ? placed.to({ memoryFormat: 'channels_last' }) : placed;
}

/** One step on the images of a batch: hide, predict, compare the hidden pixels, update. @returns the loss */
export function pretrainStep(parts: PretrainStepParts, batch: Batch, epoch: number, step: number): number {
  const { model, optimizer, scaler, masking, seed, compute } = parts;
  return scope(() => {
    const images = place(batch.images, compute);
    const masks = drawMasks(images, maskStream(seed, epoch, step), masking);
    optimizer.zeroGrad();
    const predicted = inPrecision(compute, () => model.forward(images, masks));
    const loss = model.loss(images, masks, predicted);
    (scaler ? scaler.scale(loss) : loss).backward();
    applyGradients(parts);
    return loss.item();
  });
}

/** Images, what was hidden of them and what the model makes of it: three tensors `[N, C, H, W]` on the CPU. */
export function reconstruct(
  { model, masking, seed, compute }: Pick<PretrainStepParts, 'model' | 'masking' | 'seed' | 'compute'>,
  images: Tensor,
): { images: Tensor; hidden: Tensor; predicted: Tensor } {
  const wasTraining = model.training;
  model.eval();
  try {
    return noGrad(() =>
      scope(() => {
        const placed = place(images, compute);
        const masks = drawMasks(placed, new Random(seed, 5), masking);
        const predicted = inPrecision(compute, () => model.forward(placed, masks));
        const here = (x: Tensor) =>
          x.to({ device: 'cpu', dtype: 'float32' }).to({ memoryFormat: 'contiguous' });
        return { images: here(placed), hidden: here(model.hide(placed, masks)), predicted: here(predicted) };
      }),
    );
  } finally {
    model.train(wasTraining);
  }
}
