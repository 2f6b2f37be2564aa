import { expect, test } from 'vitest';
import { manualSeed, noGrad, ones, ops, rand, scope, zeros } from '../../engine/index.ts';
import { createEncoderDecoder } from '../smp/create.ts';
import { MetadataNetwork, takesMetadata } from './network.ts';

/** A shallow U-Net whose deepest map has 16 rows for 64-pixel images, as IGN's has for 512-pixel ones. */
function shallow(): MetadataNetwork {
  manualSeed(1);
  const network = createEncoderDecoder({
    ...{ encoder: 'resnet18', decoder: 'unet', inChannels: 3, classes: 4 },
    ...{ encoderDepth: 2, decoderChannels: [32, 16] },
  });
  return new MetadataNetwork(network);
}

test('checkpoint names are IGN’s', () => {
  const network = shallow();
  const names = [...network.stateDict().keys()].filter((name) => name.startsWith('enc.'));
  expect(names).toEqual([0, 3, 6].flatMap((i) => [`enc.enc_mlp.${i}.weight`, `enc.enc_mlp.${i}.bias`]));
  expect(network.stateDict().has('seg_model.encoder.conv1.weight')).toBe(true);
  expect(takesMetadata(network)).toBe(true);
  expect(takesMetadata(network.seg_model)).toBe(false);
  network.dispose();
});

test('number r of the metadata is added to row r of the deepest map', () => {
  const network = shallow();
  network.eval();
  noGrad(() =>
    scope(() => {
      const images = rand([2, 3, 64, 64]);
      const vectors = rand([2, 45]);
      const { encoder, decoder, segmentation_head: head } = network.seg_model;
      const features = encoder.forward(images);
      const deepest = features.at(-1)!;
      expect(deepest.size(2)).toBe(16);
      const numbers = network.enc.forward(vectors);
      expect(numbers.shape).toEqual([2, 16]);
      const rows = ops.mul(ones(deepest.shape), ops.reshape(numbers, [2, 1, 16, 1]));
      const expected = head.forward(decoder.forward([...features.slice(0, -1), ops.add(deepest, rows)]));
      expect(network.forwardWithMetadata(images, vectors).toFloat32()).toEqual(expected.toFloat32());
    }),
  );
  network.dispose();
});

test('other sizes get the sixteen numbers resized to their rows', () => {
  const network = shallow();
  network.eval();
  noGrad(() =>
    scope(() => {
      const images = rand([1, 3, 32, 96]);
      const vectors = zeros([1, 45]);
      expect(network.forwardWithMetadata(images, vectors).shape).toEqual([1, 4, 32, 96]);
    }),
  );
  network.dispose();
});
