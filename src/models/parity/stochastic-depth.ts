import { ops, type Tensor, tensor } from '../../engine/index.ts';
import { DropPath } from '../../nn/index.ts';
import type { SegmentationNetwork } from '../network.ts';
import type { ParityCase } from './case.ts';
import { relativeToSpread } from './compare.ts';
import { loadRecipe, type Measurement, measureTrainingLogits } from './measure.ts';

/** A residual branch that was dropped for one sample of the batch. */
export interface DroppedBranch {
  readonly branch: string;
  readonly sample: number;
}

/**
 * Whether the reference draws stochastic depth outside any module, where whoever makes a case cannot see it to switch it off:
 * smp's EfficientNets do.
 */
export function drawsDepthUnseen({ reference }: ParityCase): boolean {
  return (
    reference.library === 'segmentation_models_pytorch' && /^efficientnet-/.test(reference.encoder ?? '')
  );
}

interface Slot extends DroppedBranch {
  /** How much less likely a draw that drops it is: ln((1 − p) / p). */
  readonly cost: number;
}

/** Sets of slots from the most to the least likely, the empty one first. */
function* likelySets(slots: readonly Slot[]): Generator<Slot[]> {
  yield [];
  const sorted = [...slots].sort((a, b) => a.cost - b.cost);
  // Each entry is followed by the same with its last slot exchanged for the next, and with the next added.
  const queue: { cost: number; members: number[] }[] = [{ cost: sorted[0]!.cost, members: [0] }];
  for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
    const { cost, members } = entry;
    yield members.map((index) => sorted[index]!);
    const last = members.at(-1)!;
    if (last + 1 === sorted.length) continue;
    const next = sorted[last + 1]!.cost;
    queue.push({ cost: cost + next, members: [...members, last + 1] });
    queue.push({ cost: cost + next - sorted[last]!.cost, members: [...members.slice(0, -1), last + 1] });
    queue.sort((a, b) => a.cost - b.cost);
  }
}

/** Makes every branch scale its samples as a draw with the given drops would; branches are no longer random after this. */
function fixDrops(
  branches: ReadonlyMap<string, DropPath>,
  dropped: readonly DroppedBranch[],
  batch: number,
): void {
  for (const [name, module] of branches) {
    const factors = Array.from({ length: batch }, (_, sample) =>
      dropped.some((drop) => drop.branch === name && drop.sample === sample) ? 0 : 1 / (1 - module.p),
    );
    module.forward = (x: Tensor) => {
      if (x.shape[0] !== batch) return x;
      return ops.mul(x, tensor(factors, [batch, ...x.shape.slice(1).map(() => 1)], { dtype: x.dtype }));
    };
  }
}

/**
 * Finds which residual branches a reference had dropped when it ran in training mode, by trying the likely draws until the
 * logits agree: thousands of numbers to four digits and more, which no wrong draw gives. The network then stays with that draw.
 *
 * @returns undefined when no draw was found, with nothing dropped
 */
export function findDroppedBranches(
  network: SegmentationNetwork,
  parityCase: ParityCase,
  reference: Measurement,
  tolerance: number,
  attempts = 3000,
): readonly DroppedBranch[] | undefined {
  const expected = reference.train?.logits;
  if (expected === undefined || parityCase.train === undefined) return undefined;
  const batch = parityCase.train.input.shape[0]!;
  const branches = new Map<string, DropPath>();
  for (const [name, module] of network.namedModules())
    if (module instanceof DropPath && module.p > 0) branches.set(name, module);
  if (branches.size === 0) return undefined;
  const slots = Array.from(branches, ([branch, { p }]) =>
    Array.from({ length: batch }, (_, sample) => ({ branch, sample, cost: Math.log((1 - p) / p) })),
  ).flat();
  loadRecipe(network, parityCase);
  let tried = 0;
  for (const set of likelySets(slots)) {
    if (++tried > attempts) break;
    fixDrops(branches, set, batch);
    if (relativeToSpread(measureTrainingLogits(network, parityCase), expected) <= tolerance)
      return set.map(({ branch, sample }) => ({ branch, sample }));
  }
  for (const module of branches.values()) module.forward = (x: Tensor) => x;
  return undefined;
}
