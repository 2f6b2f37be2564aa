import type { MaskConfig } from '../../config/index.ts';
import { IGNORE_INDEX, maskEntries } from '../masks.ts';
import type { MaskOccurrence, SetAudit } from './set-audit.ts';

/** How the labelled pixels of a set fall on the classes. */
export interface ClassShares {
  /** Pixels by class index. */
  readonly pixels: readonly number[];
  /** Patches that show each class; at least so many where several values share a class. */
  readonly patches: readonly number[];
  readonly ignored: number;
  /** Mask values that stand for no class, with their pixels and patches. */
  readonly unknown: readonly (MaskOccurrence & { readonly value: number })[];
}

/** Sorts the mask values of a set by class. */
export function classShares({ maskValues }: SetAudit, masks: MaskConfig, classes: number): ClassShares {
  const entries = maskEntries(masks, classes);
  const pixels = new Array<number>(classes).fill(0);
  const patches = new Array<number>(classes).fill(0);
  const unknown: (MaskOccurrence & { value: number })[] = [];
  let ignored = 0;
  for (const [value, counted] of [...maskValues].sort(([a], [b]) => a - b)) {
    const index = entries.get(value);
    if (index === IGNORE_INDEX) ignored += counted.pixels;
    else if (index === undefined) unknown.push({ value, ...counted });
    else {
      pixels[index]! += counted.pixels;
      patches[index] = Math.max(patches[index]!, counted.patches);
    }
  }
  return { pixels, patches, ignored, unknown };
}
