import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readParityCase, runParityCase } from '../parity/index.ts';
import { huggingFaceFamily } from './family.ts';

// Made by tools/reference/huggingface.py.
const folder = fileURLToPath(new URL('../../../test/golden/parity/', import.meta.url));
const cases = readdirSync(folder).filter((name) => name.startsWith('hf-'));

it.each(cases)('%s agrees with its reference', (name) => {
  const parityCase = readParityCase(`${folder}/${name}`);
  const network = huggingFaceFamily.fromReference(parityCase.reference)!;
  const result = runParityCase(parityCase, network);
  network.dispose();
  expect(result).toMatchObject({ passed: true });
});
