import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { autocast, manualSeed, noGrad, ops, scope, type Tensor, tensor } from '../../../engine/index.ts';
import { AdamW } from '../../../nn/index.ts';
import { ConfigReader } from '../config-reader.ts';
import { readMask2FormerConfig } from './config.ts';
import { Mask2FormerForUniversalSegmentation } from './mask2former.ts';

const CLASSES = 3;
const SIDE = 64;
const config = readMask2FormerConfig(
  new ConfigReader({
    backbone_config: {
      embed_dim: 16,
      depths: [2, 2, 1, 1],
      num_heads: [1, 2, 2, 4],
      window_size: 4,
      drop_path_rate: 0,
    },
    feature_size: 32,
    mask_feature_size: 32,
    hidden_dim: 32,
    encoder_layers: 1,
    decoder_layers: 3,
    num_attention_heads: 4,
    num_queries: 8,
    num_labels: CLASSES,
    train_num_points: 512,
  }),
);

/** Two images of vertical stripes, each stripe of one class and one brightness. */
function stripes(): { images: Tensor; targets: Tensor } {
  const labels = Array.from({ length: 2 * SIDE * SIDE }, (_, index) => {
    const image = Math.floor(index / SIDE ** 2);
    return (Math.floor((index % SIDE) / 22) + image) % CLASSES;
  });
  const values = Float32Array.from({ length: 2 * 3 * SIDE * SIDE }, (_, index) => {
    const [image, channel, cell] = [
      Math.floor(index / (3 * SIDE ** 2)),
      Math.floor(index / SIDE ** 2) % 3,
      index % SIDE ** 2,
    ];
    return Math.cos(2 * labels[image * SIDE ** 2 + cell]! + channel);
  });
  return {
    images: tensor(values, [2, 3, SIDE, SIDE]),
    targets: tensor(BigInt64Array.from(labels, BigInt), [2, SIDE, SIDE]),
  };
}

describe('Mask2Former trained with its own objective', () => {
  let network: Mask2FormerForUniversalSegmentation;
  let patches: { images: Tensor; targets: Tensor };
  const losses: number[] = [];

  const accuracy = (logits: Tensor) => {
    return ops.mean(ops.eq(ops.argmax(logits, 1), patches.targets).to({ dtype: 'float32' })).item();
  };

  beforeAll(() => {
    manualSeed(3);
    network = new Mask2FormerForUniversalSegmentation(config);
    patches = stripes();
    const optimizer = new AdamW(network.parameters(), { lr: 2e-3 });
    for (let step = 0; step < 44; step++) {
      scope(() => {
        network.zeroGrad();
        const { loss, logits } = network.objective(patches.images, patches.targets);
        expect(logits.shape).toEqual([2, CLASSES, SIDE, SIDE]);
        expect(logits.requiresGrad).toBe(false);
        loss.backward();
        optimizer.step();
        losses.push(loss.item());
      });
    }
    network.eval();
  }, 120_000);
  afterAll(() => network.dispose());

  it('learns two patches by heart', () => {
    expect(Math.min(...losses.slice(-5))).toBeLessThan(0.3 * losses[0]!);
    scope(() => expect(accuracy(noGrad(() => network.forward(patches.images)))).toBeGreaterThan(0.9));
  });

  it('sees the same in bfloat16', () => {
    scope(() => {
      const run = () => noGrad(() => network.forward(patches.images));
      expect(accuracy(autocast({ device: 'cpu', dtype: 'bfloat16' }, run))).toBeGreaterThan(0.9);
    });
  });
});
