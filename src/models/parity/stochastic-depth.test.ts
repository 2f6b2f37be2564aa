import { expect, it } from 'vitest';
import { manualSeed, ops, type Tensor, tensor } from '../../engine/index.ts';
import { DropPath } from '../../nn/index.ts';
import type { SegmentationNetwork } from '../network.ts';
import { families } from '../registry.ts';
import type { ParityCase } from './case.ts';
import { loadRecipe, measureTrainingLogits } from './measure.ts';
import { type DroppedBranch, findDroppedBranches } from './stochastic-depth.ts';

const [batch, classes, side] = [2, 5, 64];
const parityCase: ParityCase = {
  id: 'drawn',
  folder: '',
  reference: {
    library: 'segmentation_models_pytorch',
    arch: 'pspnet',
    encoder: 'efficientnet-b0',
    in_channels: 3,
    classes,
  },
  input: { name: 'input', shape: [1, 3, side, side] },
  classes,
  parameters: {},
  trainable: 0,
  outputs: {},
  train: {
    input: { name: 'train_input', shape: [batch, 3, side, side] },
    labels: { name: 'train_labels', shape: [batch, side, side] },
    loss: 0,
    gradient_l2: {},
  },
};
const build = () => {
  // The case names no weights to fill: they are drawn.
  manualSeed(1);
  return families.map((family) => family.fromReference(parityCase.reference)).find(Boolean)!;
};

/** Logits in training mode with some branches dropped. */
function drawn(network: SegmentationNetwork, dropped: readonly DroppedBranch[]): Float32Array {
  loadRecipe(network, parityCase);
  for (const [branch, module] of network.namedModules()) {
    if (!(module instanceof DropPath)) continue;
    const kept = Array.from({ length: batch }, (_, sample) =>
      dropped.some((drop) => drop.branch === branch && drop.sample === sample) ? 0 : 1 / (1 - module.p),
    );
    module.forward = (x: Tensor) => ops.mul(x, tensor(kept, [batch, 1, 1, 1]));
  }
  return measureTrainingLogits(network, parityCase);
}

const found = (logits: Float32Array) => {
  const network = build();
  const train = { loss: 0, logits, gradients: new Map() };
  return findDroppedBranches(network, parityCase, { outputs: new Map(), train });
};

it('finds which branches a reference had dropped for which sample', () => {
  const path = (block: number) => `encoder._blocks.${block}.drop_path`;
  const dropped = [
    { branch: path(2), sample: 0 },
    { branch: path(4), sample: 0 },
    { branch: path(4), sample: 1 },
  ];
  const logits = drawn(build(), dropped);
  const seen = found(logits);
  expect(seen).toHaveLength(dropped.length);
  expect(seen).toEqual(expect.arrayContaining(dropped));
});

it('finds none where the logits are those of another network', () => {
  const logits = drawn(build(), []).map((value, i) => (i % 2 === 0 ? value : -value));
  expect(found(logits)).toBeUndefined();
});
