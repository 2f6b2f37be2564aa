import { genericNomenclature, type Nomenclature, NomenclatureError } from './nomenclature.ts';
import { DUBAI } from './nomenclature-dubai.ts';
import { FLAIR_12, FLAIR_13, FLAIR_15, FLAIR_19, FLAIR_19_LEARNING_12 } from './nomenclature-flair.ts';
import { COSIA, LPIS } from './nomenclature-hub.ts';

/** Every nomenclature that has a name of its own. */
export const NOMENCLATURES: readonly Nomenclature[] = [
  FLAIR_19,
  FLAIR_19_LEARNING_12,
  FLAIR_15,
  FLAIR_13,
  FLAIR_12,
  COSIA,
  LPIS,
  DUBAI,
];

/**
 * A nomenclature by its id (`flair-19`, `cosia`, …), or `generic-N` for N unnamed classes.
 * @throws {NomenclatureError} listing the known ids.
 */
export function findNomenclature(id: string): Nomenclature {
  const known = NOMENCLATURES.find((nomenclature) => nomenclature.id === id);
  if (known !== undefined) return known;
  const count = Number(/^generic-(\d+)$/.exec(id)?.[1]);
  if (count >= 1 && count <= 256) return genericNomenclature(count);
  throw new NomenclatureError(`no nomenclature is called "${id}"`, {
    remedy: `choose one of ${NOMENCLATURES.map((nomenclature) => nomenclature.id).join(', ')}, generic-N`,
  });
}
