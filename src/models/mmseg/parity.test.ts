import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readParityCase, runParityCase } from '../parity/index.ts';
import { mmsegFamily } from './family.ts';

// Made once with the authors' published code; each case.json names its commit under reference.sources.
const folder = fileURLToPath(new URL('../../../test/golden/parity/', import.meta.url));
const cases = readdirSync(folder).filter((name) => name.startsWith('mmseg-'));

it.each(cases)('%s agrees with its reference', (name) => {
  const parityCase = readParityCase(`${folder}/${name}`);
  const network = mmsegFamily.fromReference(parityCase.reference)!;
  const result = runParityCase(parityCase, network);
  network.dispose();
  expect(result).toMatchObject({ passed: true });
});
