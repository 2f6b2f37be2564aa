import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recipeInput, recipeLabels, recipeWeight } from './recipe.ts';

interface Golden {
  weights: { name: string; shape: number[]; values: number[] }[];
  input: { name: string; shape: number[]; values: number[] };
  labels: { name: string; shape: number[]; classes: number; values: number[] };
}
const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/parity/recipe.json', import.meta.url), 'utf8'),
) as Golden;

// The golden file is what tools/reference/recipe.py prints.
describe('the weight recipe gives the bits of its Python twin', () => {
  it.each(golden.weights)('$name $shape', ({ name, shape, values }) => {
    expect([...recipeWeight(name, shape)]).toEqual(values);
  });

  it('inputs and labels', () => {
    const { input, labels } = golden;
    expect([...recipeInput(input.name, input.shape)]).toEqual(input.values);
    expect([...recipeLabels(labels.name, labels.shape, labels.classes)].map(Number)).toEqual(labels.values);
  });
});
