import { dirname, resolve } from 'node:path';
import { CombinationRuleError } from '../errors.ts';
import { readRuleFile } from '../rule-file.ts';
import { checkCombination } from './check-combination.ts';
import { type Combination, type CombinationInput, combinationSchema } from './rule.ts';

/**
 * Reads a combination from YAML; paths start from the file's folder.
 * @throws {CombinationRuleError} naming what is wrong, and the line.
 */
export async function readCombination(file: string): Promise<Combination> {
  const remedy = 'write classes, inputs (names and paths) and a rule, as docs/ensembles.md shows';
  const { value: read, placeOf } = await readRuleFile(file, combinationSchema, CombinationRuleError, remedy);
  const inputs = Object.fromEntries(
    Object.entries(read.inputs).map(([name, input]): [string, CombinationInput] => {
      const spelled = typeof input === 'string' ? { path: input } : input;
      return [name, { ...spelled, path: resolve(dirname(file), spelled.path) }];
    }),
  );
  const { crf } = read;
  const followed =
    crf?.image === undefined ? {} : { crf: { ...crf, image: resolve(dirname(file), crf.image) } };
  const combination = { ...read, inputs, ...followed };
  checkCombination(combination, placeOf);
  return combination;
}
