import { NOMENCLATURES } from '../core/nomenclature-registry.ts';
import { distinctPalette } from '../core/palette-perceptual.ts';
import type { ClassConfig } from './model-config.ts';

const plain = (name: string) =>
  name
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
    .trim();

const KNOWN = new Map(
  NOMENCLATURES.toReversed().flatMap(({ classes }) =>
    classes.map(({ name, color }) => [plain(name), color] as const),
  ),
);

/** A class whose colour may be left to us. */
export interface UncoloredClass {
  readonly name: string;
  readonly weight: number;
  readonly color?: string | undefined;
}

/** Gives each class its colour: its own, else that of a known class of the same name, else one unlike the others. */
export function colorClasses(classes: readonly UncoloredClass[]): ClassConfig[] {
  const chosen = classes.map(({ name, color }) => color ?? KNOWN.get(plain(name)));
  const spare = chosen.includes(undefined) ? distinctPalette(classes.length) : [];
  return classes.map(({ name, weight }, index) => ({
    name,
    color: (chosen[index] ?? spare[index] ?? '#808080').toLowerCase(),
    weight,
  }));
}
