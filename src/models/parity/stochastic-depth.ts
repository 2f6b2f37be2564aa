import { ops, type Tensor, tensor } from '../../engine/index.ts';
import { DropPath } from '../../nn/index.ts';
import type { SegmentationNetwork } from '../network.ts';
import type { ParityCase } from './case.ts';
import { meanDistance } from './compare.ts';
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

/** No wrong draw comes as near: dropping one branch for one sample moves the logits by a tenth and more. */
const FOUND = 5e-3;

/**
 * Finds which residual branches a reference had dropped when it ran in training mode: from none, the branches are dropped (or
 * taken back) that bring thousands of logits nearer to the reference's, until they agree. The network then stays with that draw.
 *
 * @returns undefined when no draw was found, with nothing dropped
 */
export function findDroppedBranches(
  network: SegmentationNetwork,
  parityCase: ParityCase,
  reference: Measurement,
): readonly DroppedBranch[] | undefined {
  const expected = reference.train?.logits;
  if (expected === undefined || parityCase.train === undefined) return undefined;
  const batch = parityCase.train.input.shape[0]!;
  const branches = new Map<string, DropPath>();
  for (const [name, module] of network.namedModules())
    if (module instanceof DropPath && module.p > 0) branches.set(name, module);
  // Deepest first: they are the likeliest to be dropped.
  const slots = Array.from(branches.keys(), (branch) =>
    Array.from({ length: batch }, (_, sample): DroppedBranch => ({ branch, sample })),
  )
    .flat()
    .reverse();
  loadRecipe(network, parityCase);
  const distanceOf = (dropped: readonly DroppedBranch[]) => {
    fixDrops(branches, dropped, batch);
    return meanDistance(measureTrainingLogits(network, parityCase), expected);
  };
  const dropped = descend(slots, distanceOf);
  if (dropped) fixDrops(branches, dropped, batch);
  else for (const module of branches.values()) module.forward = (x: Tensor) => x;
  return dropped;
}

/** Times a draw is tried before the search is given up. */
const MOST_TRIALS = 4000;

/** Changes taken before all are looked at again: what helps beside wrong ones need not help beside right ones. */
const AT_ONCE = 4;

/**
 * Takes the single changes that help most, where they also help together; where none helps, the first pair that does, until the
 * draw is found or nothing helps.
 */
function descend(
  slots: readonly DroppedBranch[],
  distanceOf: (dropped: readonly DroppedBranch[]) => number,
): readonly DroppedBranch[] | undefined {
  let trials = 0;
  let current: readonly DroppedBranch[] = [];
  let distance = distanceOf(current);
  /** Drops what is not dropped and takes back what is, if that brings the logits nearer or is only to be looked at. */
  const change = (slotsToChange: readonly DroppedBranch[], onlyLook = false): number => {
    const kept = current.filter((each) => !slotsToChange.includes(each));
    const next = [...kept, ...slotsToChange.filter((each) => !current.includes(each))];
    const found = distanceOf(next);
    trials++;
    if (!onlyLook && found < distance) [current, distance] = [next, found];
    return found;
  };
  while (distance > FOUND) {
    const before = distance;
    const ranked = slots
      .map((slot) => ({ slot, distance: change([slot], true) }))
      .sort((a, b) => a.distance - b.distance);
    for (const { slot, distance: alone } of ranked.slice(0, AT_ONCE)) if (alone < before) change([slot]);
    for (const [first, second] of pairs(ranked.map(({ slot }) => slot))) {
      if (distance < before || trials > MOST_TRIALS) break;
      change([first, second]);
    }
    if (distance === before) return undefined;
  }
  return current;
}

/** Every pair, those of the first elements first. */
function* pairs<T>(items: readonly T[]): Generator<[T, T]> {
  for (let later = 1; later < items.length; later++)
    for (let earlier = 0; earlier < later; earlier++) yield [items[earlier]!, items[later]!];
}
