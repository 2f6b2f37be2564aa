import { dirname } from 'node:path';
import { InvalidArgumentError, Random } from '../core/index.ts';
import { flairZone } from '../raster/index.ts';
import { PatchListError } from './errors.ts';
import type { Patch } from './patch-list.ts';
import { dealUnits, type SplitUnit } from './splits-groups.ts';

/** What stays together: each patch on its own, the patches of a FLAIR zone or domain, or of a square on the ground. */
export type SplitBy = 'patch' | 'zone' | 'domain' | 'block';

/** A patch with what a split needs to know about it. */
export interface SplitPatch {
  readonly patch: Patch;
  /** Pixels of each class; empty where classes are not looked at. */
  readonly pixels: readonly number[];
  /** Centre on the ground in the raster's unit, for blocks. */
  readonly centre?: readonly [x: number, y: number] | undefined;
}

/** How patches are dealt. */
export interface SplitOptions {
  readonly by: SplitBy;
  /** Side of a block in the unit of the centres (metres), for `block`. */
  readonly blockSize?: number;
  /** Names and shares of the parts (`train` 0.8, `validation` 0.1, `test` 0.1), or a number of folds. */
  readonly parts: number | Readonly<Record<string, number>>;
  readonly seed?: number;
  /** Most patches of the part `validation`, drawn from it (600 to 1000 in FLAIR #1's second place); the rest trains. */
  readonly validationSize?: number;
}

/** A part of a split. */
export interface SplitPart {
  readonly name: string;
  readonly patches: readonly SplitPatch[];
}

function groupOf({ patch, centre }: SplitPatch, { by, blockSize = 1000 }: SplitOptions): string {
  if (by === 'patch') return patch.image;
  if (by === 'block') {
    if (centre === undefined) {
      throw new PatchListError('the patch has no place on the ground', {
        file: patch.image,
        remedy: 'split by patch, or use georeferenced images',
      });
    }
    return `${Math.floor(centre[0] / blockSize)},${Math.floor(centre[1] / blockSize)}`;
  }
  const zone = flairZone(patch.image);
  if (zone !== null) return by === 'zone' ? zone : zone.slice(0, zone.indexOf('/'));
  // Outside of FLAIR's layout the folder is the zone, and the folder above it the domain.
  const folder = dirname(patch.image);
  return by === 'zone' ? folder : dirname(folder);
}

/** The group (zone, domain, block, or the patch itself) of each patch. @throws {PatchListError} */
export function splitGroups(patches: readonly SplitPatch[], options: SplitOptions): string[] {
  return patches.map((patch) => groupOf(patch, options));
}

/**
 * Splits patches into named parts or folds: whole groups go to one part, classes are spread evenly, and the same seed
 * gives the same split whatever the order of the list.
 *
 * @returns the parts in their order (`fold-1`, `fold-2`, … for folds), patches in the list's order.
 * @throws {InvalidArgumentError | PatchListError} with fewer groups than parts, or patches that cannot be placed.
 */
export function splitPatches(patches: readonly SplitPatch[], options: SplitOptions): SplitPart[] {
  const { parts, seed = 2022, validationSize } = options;
  const shares: Record<string, number> =
    typeof parts === 'number'
      ? Object.fromEntries(Array.from({ length: parts }, (_, fold) => [`fold-${fold + 1}`, 1]))
      : { ...parts };
  const names = Object.keys(shares);
  if (names.length < 2) {
    throw new InvalidArgumentError(`a split into ${names.length} parts`, { remedy: 'ask for two or more' });
  }
  const members = new Map<string, number[]>();
  for (const [place, group] of splitGroups(patches, options).entries()) {
    members.set(group, [...(members.get(group) ?? []), place]);
  }
  const groups = [...members.keys()].sort();
  const classes = Math.max(0, ...patches.map(({ pixels }) => pixels.length));
  const units = groups.map((name): SplitUnit => {
    const pixels = new Array<number>(classes).fill(0);
    for (const place of members.get(name)!) {
      for (const [index, count] of patches[place]!.pixels.entries()) pixels[index]! += count;
    }
    return { name, patches: members.get(name)!.length, pixels };
  });
  const partOf = dealUnits(units, Object.values(shares), seed);
  const lists = names.map(() => [] as number[]);
  for (const [unit, part] of partOf.entries()) lists[part]!.push(...members.get(groups[unit]!)!);
  if (validationSize !== undefined) shrinkValidation(lists, names, validationSize, seed);
  return names.map((name, part) => ({
    name,
    patches: lists[part]!.sort((a, b) => a - b).map((place) => patches[place]!),
  }));
}

/** Keeps so many patches for validation and lets the others train: groups are then no longer whole. */
function shrinkValidation(lists: number[][], names: readonly string[], size: number, seed: number): void {
  const [train, validation] = [names.indexOf('train'), names.indexOf('validation')];
  if (train < 0 || validation < 0) {
    throw new InvalidArgumentError('a small validation set needs the parts train and validation', {
      remedy: 'name the parts train and validation, or leave the size out',
    });
  }
  const drawn = new Random(seed, 10).shuffle(lists[validation]!.sort((a, b) => a - b));
  lists[validation] = drawn.slice(0, size);
  lists[train]!.push(...drawn.slice(size));
}

/** For each fold the list to train on (all other folds) and the list to predict out of fold. */
export function foldLists(parts: readonly SplitPart[]): {
  readonly fold: number;
  readonly train: readonly SplitPatch[];
  readonly heldOut: readonly SplitPatch[];
}[] {
  return parts.map(({ patches }, fold) => ({
    fold: fold + 1,
    train: parts.flatMap((part, other) => (other === fold ? [] : part.patches)),
    heldOut: patches,
  }));
}

/** Share of each class in a part, in percent; NaN where nothing was counted. */
export function classShares({ patches }: SplitPart): number[] {
  const counts = new Array<number>(Math.max(0, ...patches.map(({ pixels }) => pixels.length))).fill(0);
  for (const { pixels } of patches) for (const [index, count] of pixels.entries()) counts[index]! += count;
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (100 * count) / total);
}
