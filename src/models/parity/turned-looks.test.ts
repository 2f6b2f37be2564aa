import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { type Tensor, tensor } from '../../engine/index.ts';
import { Mask2FormerForUniversalSegmentation } from '../huggingface/mask2former/mask2former.ts';
import { families } from '../registry.ts';
import { readParityCase } from './case.ts';
import { loadRecipe, measureOutputs } from './measure.ts';
import { findTurnedLooks } from './turned-looks.ts';

const parityCase = readParityCase(
  fileURLToPath(new URL('../../../test/golden/parity/hf-mask2former-small', import.meta.url)),
);
const build = () => {
  const network = families.map((family) => family.fromReference(parityCase.reference)).find(Boolean);
  if (!(network instanceof Mask2FormerForUniversalSegmentation)) throw new Error('not a Mask2Former');
  loadRecipe(network, parityCase);
  return network;
};

/** Outputs with the cell nearest to an edge in the third layer on its other side, and which cell that is. */
function withOneTurned() {
  const network = build();
  const { decoder } = network.model.transformer_module;
  let [call, turned] = [0, -1];
  const { coverage } = decoder;
  decoder.coverage = (masks, size): Tensor => {
    const found = coverage.call(decoder, masks, size);
    if (call++ !== 2) return found;
    const values = found.toFloat32();
    turned = values.reduce((best, value, i) => (Math.abs(value) < Math.abs(values[best]!) ? i : best), 0);
    values[turned] = -values[turned]!;
    return tensor(values, [...found.shape]);
  };
  return { outputs: measureOutputs(network, parityCase), turned };
}

it('finds the cell at the edge of a mask that a reference had on its other side', () => {
  const { outputs, turned } = withOneTurned();
  const found = findTurnedLooks(build(), parityCase, { outputs }, 1e-5, 0.05);
  expect(found).toEqual([expect.objectContaining({ layer: 2, element: turned })]);
});

it('finds none where the outputs are those of another network', () => {
  const outputs = new Map(
    [...measureOutputs(build(), parityCase)].map(([name, values]) => [name, values.map((v) => -v)]),
  );
  expect(findTurnedLooks(build(), parityCase, { outputs }, 1e-5, 0.05)).toBeUndefined();
});
