import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { mmsegFamily } from '../../src/models/mmseg/family.ts';
import { readParityCase, runParityCase } from '../../src/models/parity/index.ts';

// Networks of full size, made with the authors' published code; each case.json names its commit.
const folder = fileURLToPath(new URL('../golden/parity-large/', import.meta.url));

// InternImage-T: the gradient of a batch norm over two samples of a 1×1 map is what is left when two nearly equal numbers are
// subtracted. The reference's own float32 norm there is 3.2e-3 off its float64 one, so the case holds the float64 ones.
it.each(readdirSync(folder))('%s agrees with its reference', (name) => {
  const parityCase = readParityCase(`${folder}/${name}`);
  const network = mmsegFamily.fromReference(parityCase.reference)!;
  const result = runParityCase(parityCase, network);
  network.dispose();
  expect(result).toMatchObject({ passed: true });
  expect(result.rounding!.exact!.gradient).toBeLessThan(1e-5);
});
