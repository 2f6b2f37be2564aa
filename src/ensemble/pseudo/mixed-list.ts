import { InvalidArgumentError, Random } from '../../core/index.ts';

/** A list of patches and how heavily its patches are drawn, 1 being once an epoch. */
export interface WeightedList<T> {
  readonly patches: readonly T[];
  readonly weight: number;
}

/**
 * One training list of several: a patch of weight 2 stands twice, one of weight 0.5 stands once in half of the cases
 * (drawn, seeded). Repeating lines is how weights are stated to any trainer that reads lists.
 * @returns patches with the list each comes from, list after list; trainers shuffle.
 */
export function mixLists<T>(lists: readonly WeightedList<T>[], seed = 2022): { patch: T; list: number }[] {
  return lists.flatMap(({ patches, weight }, list) => {
    if (!(weight > 0 && Number.isFinite(weight))) {
      throw new InvalidArgumentError(`a weight of ${weight}`, { remedy: 'give each list a weight above 0' });
    }
    const whole = Math.floor(weight);
    const drawn = Math.round((weight - whole) * patches.length);
    const extra = new Set(new Random(seed, 12, list).shuffle([...patches.keys()]).slice(0, drawn));
    return patches.flatMap((patch, place) =>
      Array.from({ length: whole + Number(extra.has(place)) }, () => ({ patch, list })),
    );
  });
}
