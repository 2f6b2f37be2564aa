import { InvalidArgumentError, Random } from '../core/index.ts';

/** Something that goes to one fold: a patch or a group of patches, and its pixels by class. */
export interface SplitUnit {
  readonly name: string;
  /** How many patches it holds. */
  readonly patches: number;
  /** Pixels of each class; all 0 where masks were not looked at. */
  readonly pixels: readonly number[];
}

/** How much of everything a part is to hold: shares above 0, of any sum. */
export type PartShares = readonly number[];

/**
 * Deals units to parts so that each part gets its share of the patches and, as near as it can, of every class. Units with
 * the rarest classes are dealt first, each to the part that lacks most of what it holds; chance decides among equals.
 *
 * Source: the idea is iterative stratification, K. Sechidis, G. Tsoumakas and I. Vlahavas, "On the Stratification of
 * Multi-label Data", 2011; here with pixel shares in place of labels.
 * @returns the part of each unit.
 * @throws {InvalidArgumentError} with fewer units than parts.
 */
export function dealUnits(units: readonly SplitUnit[], shares: PartShares, seed: number): number[] {
  if (shares.length === 0 || !shares.every((share) => share > 0) || units.length < shares.length) {
    throw new InvalidArgumentError(`${units.length} groups of patches for ${shares.length} parts`, {
      remedy: 'ask for fewer parts, or group the patches more finely',
    });
  }
  const whole = shares.reduce((sum, share) => sum + share, 0);
  const classes = units[0]!.pixels.length;
  const totals = Array.from({ length: classes }, (_, index) => sumOf(units, ({ pixels }) => pixels[index]!));
  const allPatches = sumOf(units, ({ patches }) => patches);
  /** What a part still lacks, as shares of the whole: patches, then each class. */
  const lacking = shares.map((share) => new Float64Array(classes + 1).fill(share / whole));
  const demands = units.map(({ patches, pixels }) => [
    patches / allPatches,
    ...pixels.map((count, index) => (totals[index]! > 0 ? count / totals[index]! : 0)),
  ]);
  const order = new Random(seed, 9).shuffle([...units.keys()]);
  // A unit that holds much of some class leaves little choice; it goes first.
  const weight = demands.map((demand) => Math.max(...demand));
  order.sort((a, b) => weight[b]! - weight[a]!);
  const partOf = new Array<number>(units.length).fill(0);
  const filled = shares.map(() => 0);
  for (const [done, unit] of order.entries()) {
    const demand = demands[unit]!;
    // The last units go where there is nothing yet, so that no part stays empty.
    const empty = filled.flatMap((count, part) => (count === 0 ? [part] : []));
    const open = order.length - done <= empty.length ? empty : [...shares.keys()];
    let [chosen, least] = [open[0]!, Number.POSITIVE_INFINITY];
    for (const part of open) {
      const error = excess(lacking[part]!, demand, shares[part]! / whole);
      if (error < least - 1e-12) [chosen, least] = [part, error];
    }
    for (const [i, amount] of demand.entries()) lacking[chosen]![i]! -= amount;
    filled[chosen]!++;
    partOf[unit] = chosen;
  }
  return partOf;
}

/** How much worse the parts fit when one takes a demand: the change of the squared shortfalls, relative to its share. */
function excess(lacking: Float64Array, demand: readonly number[], share: number): number {
  let change = 0;
  for (const [i, amount] of demand.entries()) {
    const [before, after] = [lacking[i]! / share, (lacking[i]! - amount) / share];
    // The number of patches counts as much as all classes together.
    change += (after * after - before * before) * share * (i === 0 ? demand.length : 1);
  }
  return change;
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
