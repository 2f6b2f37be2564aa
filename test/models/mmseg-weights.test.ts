import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { withDevice } from '../../src/engine/index.ts';
import { createModel } from '../../src/models/index.ts';
import { startFromWeights } from '../../src/workflows/start-weights.ts';

const golden = (name: string) => fileURLToPath(new URL(`../golden/checkpoints/${name}.pth`, import.meta.url));

// What `model.weights` does before the first step; on the meta device, since only names and shapes are looked at.
const start = (modelName: string, file: string, classes: number) =>
  withDevice('meta', () => {
    const network = createModel({ name: modelName, classes });
    try {
      return startFromWeights(network, golden(file));
    } finally {
      network.dispose();
    }
  });

it.each([
  ['upernet_internimage_t', 'internimage-authors', 4, []],
  [
    'upernet_swin_tiny',
    'mmseg1-upernet-swin',
    9,
    [
      'decode_head.conv_seg.weight [4, 512, 1, 1] → [9, 512, 1, 1]',
      'decode_head.conv_seg.bias [4] → [9]',
      'auxiliary_head.conv_seg.weight [4, 256, 1, 1] → [9, 256, 1, 1]',
      'auxiliary_head.conv_seg.bias [4] → [9]',
    ],
  ],
  ['mask2former_swin_tiny', 'mmseg1-mask2former-swin', 4, []],
])('%s starts training from %s', (modelName, file, classes, reshaped) => {
  const report = start(modelName, file, classes);
  expect(report.unexpected).toEqual([]);
  expect(report.reshaped).toEqual(reshaped);
  expect(report.loaded + report.missing.length + reshaped.length).toBe(report.total);
  expect(report.loaded).toBeGreaterThan(10);
});
