import { ArpentError } from './errors.ts';
import { parseHexColor } from './palette.ts';
import { distinctPalette } from './palette-perceptual.ts';

/** One class of a land-cover nomenclature. */
export interface ClassDefinition {
  /** 0-based place in the network's output and in confusion matrices. */
  readonly index: number;
  /** What the mask raster holds for this class (FLAIR: 1–19, COSIA: 0–18). */
  readonly value: number;
  readonly name: string;
  /** The French name, where the nomenclature's publisher has one. */
  readonly frenchName?: string | undefined;
  /** `#rrggbb`. */
  readonly color: string;
  /** Weight in the loss; 0 means that the class is not learned. */
  readonly weight: number;
}

/** A list of classes, in the order of the network's outputs, and how mask values lead to them. */
export interface Nomenclature {
  readonly id: string;
  readonly title: string;
  readonly classes: readonly ClassDefinition[];
  /** Mask values that join another value's class: value in the mask → {@link ClassDefinition.value} it counts as. */
  readonly merged?: ReadonlyMap<number, number> | undefined;
  /** Mask colours that belong to no class and are ignored (masks painted by colour). */
  readonly ignoredColors?: readonly string[] | undefined;
}

/** A list of classes that contradicts itself or does not fit what it is used for. */
export class NomenclatureError extends ArpentError {}

/**
 * Checks a list of classes and returns it: indexes run 0, 1, 2, …; values differ; colours and weights make sense.
 * @throws {NomenclatureError | InvalidColorError} naming the first class at fault.
 */
export function checkClasses(classes: readonly ClassDefinition[]): readonly ClassDefinition[] {
  const remedy =
    'give each class its own index (0, 1, 2, …), its own mask value, a colour and a weight of 0 or more';
  if (classes.length === 0) throw new NomenclatureError('there is no class', { remedy });
  const owners = new Map<number, string>();
  for (const [place, { index, value, name, color, weight }] of classes.entries()) {
    const fault = (problem: string) => new NomenclatureError(`class "${name}": ${problem}`, { remedy });
    if (index !== place) throw fault(`index ${index} where ${place} was expected`);
    if (!Number.isInteger(value)) throw fault(`the mask value ${value} is not a whole number`);
    const owner = owners.get(value);
    if (owner !== undefined) throw fault(`the mask value ${value} already belongs to "${owner}"`);
    if (!(weight >= 0)) throw fault(`weight ${weight}`);
    parseHexColor(color);
    owners.set(value, name);
  }
  return classes;
}

/**
 * The class index of every mask value, merges included: `table[value]`, -1 where the value has no class.
 * @returns `[size]`; 256 entries serve 8-bit masks.
 */
export function valueTable(nomenclature: Nomenclature, size = 256): Int16Array {
  const table = new Int16Array(size).fill(-1);
  const indexOf = new Map(nomenclature.classes.map((entry) => [entry.value, entry.index]));
  for (const [value, index] of indexOf) if (value >= 0 && value < size) table[value] = index;
  for (const [value, target] of nomenclature.merged ?? []) {
    if (value >= 0 && value < size) table[value] = indexOf.get(target) ?? -1;
  }
  return table;
}

/** The same nomenclature with weight 0 for the classes of some mask values: they keep their output, unlearned. */
export function disableClasses(nomenclature: Nomenclature, values: readonly number[]): Nomenclature {
  const off = new Set(values);
  const classes = nomenclature.classes.map((entry) =>
    off.has(entry.value) ? { ...entry, weight: 0 } : entry,
  );
  return { ...nomenclature, classes };
}

/**
 * Classes known only by name or number, with generated colours.
 * @param namesOrCount names, or how many (`class 0`, `class 1`, …).
 * @param firstValue the mask value of the first class: 0, or 1 for one-based masks.
 */
export function genericNomenclature(namesOrCount: readonly string[] | number, firstValue = 0): Nomenclature {
  const names =
    typeof namesOrCount === 'number'
      ? Array.from({ length: namesOrCount }, (_, index) => `class ${index + firstValue}`)
      : namesOrCount;
  const colors = distinctPalette(names.length);
  const classes = names.map((name, index) => ({
    index,
    value: index + firstValue,
    name,
    color: colors[index]!,
    weight: 1,
  }));
  return { id: 'generic', title: `${names.length} classes`, classes: checkClasses(classes) };
}
