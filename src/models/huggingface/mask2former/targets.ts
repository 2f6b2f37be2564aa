import { ops, scope, type Tensor, tensor } from '../../../engine/index.ts';

/** The classes of one image and where each of them is. */
export interface MaskTargets {
  /** Indices of the classes that occur, in rising order. */
  readonly classes: readonly number[];
  /** One mask of zeros and ones per class, float32 `[K, 1, H, W]`; null when no class occurs. */
  readonly masks: Tensor | null;
}

/**
 * Cuts a map of class indices into one mask per class that occurs, image by image.
 *
 * @param targets int64 `[N, H, W]`; indices outside 0 … classes − 1 (the ignored one among them) belong to no mask
 */
export function masksOfTargets(targets: Tensor, classes: number): MaskTargets[] {
  return scope(() => {
    const [batch] = targets.shape as [number, number, number];
    const wanted = tensor(
      Array.from({ length: classes }, (_, index) => index),
      [classes, 1, 1],
      { dtype: 'int64', device: targets.device },
    );
    return Array.from({ length: batch }, (_, image): MaskTargets => {
      const all = ops.eq(ops.unsqueeze(ops.select(targets, 0, image), 0), wanted).to({ dtype: 'float32' });
      const counts = ops.sum(ops.flatten(all, 1), { dim: 1 }).toNumbers();
      const present = counts.flatMap((count, index) => (count > 0 ? [index] : []));
      if (present.length === 0) return { classes: present, masks: null };
      const index = tensor(present, undefined, { dtype: 'int64', device: targets.device });
      return { classes: present, masks: ops.unsqueeze(ops.indexSelect(all, 0, index), 1) };
    });
  });
}
