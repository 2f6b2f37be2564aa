import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { BatchNorm2d } from '../../nn/index.ts';
import { readParityCase, runParityCase } from '../parity/index.ts';
import { smpFamily } from './family.ts';

// Made by tools/reference/smp_cases.py; one element in 37 of each output is stored.
const folder = fileURLToPath(new URL('../../../test/golden/parity/', import.meta.url));
const cases = readdirSync(folder).filter((name) => name.startsWith('smp-'));

it.each(cases)('%s agrees with its reference', (name) => {
  const parityCase = readParityCase(`${folder}/${name}`);
  const network = smpFamily.fromReference(parityCase.reference)!;
  const result = runParityCase(parityCase, network);
  network.dispose();
  expect(result).toMatchObject({ passed: true });
  // These networks do not amplify roundings: nothing may hide behind a wider tolerance.
  expect(result.rounding).toBeUndefined();
});

it('does not take a wrong formula for rounding', () => {
  const parityCase = readParityCase(`${folder}/smp-unet-resnet18`);
  const network = smpFamily.fromReference(parityCase.reference)!;
  for (const [, module] of network.namedModules()) {
    if (module instanceof BatchNorm2d) Object.assign(module, { eps: 2e-4 });
  }
  const { rounding, passed } = runParityCase(parityCase, network);
  network.dispose();
  expect(passed).toBe(false);
  expect(rounding!.reference.outputs).toBeGreaterThan(10 * rounding!.ours.outputs);
});
