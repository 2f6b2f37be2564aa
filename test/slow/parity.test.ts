import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { families } from '../../src/models/index.ts';
import { readParityCase, runParityCase } from '../../src/models/parity/index.ts';

// Networks of full size, made with the authors' published code (each case.json names its commit) or, for smp, by
// tools/reference/smp_cases.py --exact.
const folder = fileURLToPath(new URL('../golden/parity-large/', import.meta.url));

// These amplify roundings, so the cases hold what the references give in float64, and that is what ours must give in float64.
// InternImage-T: the gradient of a batch norm over two samples of a 1×1 map is what is left when two nearly equal numbers are
// subtracted. EfficientNetV2-S: with the recipe's running statistics its activations grow from layer to layer.
it.each(readdirSync(folder))('%s agrees with its reference', (name) => {
  const parityCase = readParityCase(`${folder}/${name}`);
  const network = families.map((family) => family.fromReference(parityCase.reference)).find(Boolean)!;
  const result = runParityCase(parityCase, network);
  network.dispose();
  expect(result).toMatchObject({ passed: true });
  for (const difference of Object.values(result.rounding!.exact)) expect(difference).toBeLessThan(1e-5);
});
