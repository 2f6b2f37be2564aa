import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { normalizer } from '../src/data/index.ts';
import { scope, tensor } from '../src/engine/index.ts';
import { AdamW, CrossEntropyLoss } from '../src/nn/index.ts';
import { trainStep } from '../src/training/index.ts';
import { writeSafetensors } from '../src/weights/index.ts';
import { folder } from './data.ts';
import { makeScene } from './scene.ts';
import { BANDS, benchNetwork, CLASSES, NORMALIZATION } from './subjects/network.ts';

const STEPS = 80;
const SIZE = { batch: 4, side: 256 };

/**
 * The bench's network, trained for a minute or two on made-up landscapes: two maps by a network that knows nothing differ
 * wherever its scores are nearly equal, which is everywhere. Made once; gives the file's path.
 */
export async function trainedWeights(): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'trained.safetensors');
  if (existsSync(path)) return path;
  const { batch, side } = SIZE;
  const network = benchNetwork().train();
  network.to({ memoryFormat: 'channels_last' });
  const normalize = normalizer(NORMALIZATION, BANDS);
  const optimizer = new AdamW(network.parameters(), { lr: 1e-3 });
  const parts = {
    ...{ network, optimizer, loss: new CrossEntropyLoss(), scaler: null, gradientClip: null },
    compute: { device: 'cpu', precision: 'fp32' as const, channelsLast: true },
  };
  for (let step = 0; step < STEPS; step++) {
    const kinds = { bands: BANDS, classes: CLASSES };
    const scenes = Array.from({ length: batch }, (_, i) =>
      makeScene(kinds, { width: side, height: side }, 1000 + step * batch + i),
    );
    scope(() => {
      const pixels = Buffer.concat(scenes.map((scene) => scene.pixels));
      const classes = Buffer.concat(scenes.map((scene) => scene.classes));
      const images = normalize.apply(tensor(new Uint8Array(pixels), [batch, BANDS, side, side]), 'uint8');
      const targets = tensor(new Uint8Array(classes), [batch, side, side]).to({ dtype: 'int64' });
      trainStep(parts, { images, targets, patches: [], sizes: [], metadata: null }, false);
    });
    if (step % 10 === 9) console.error(`  training the bench's network: ${step + 1} of ${STEPS} steps`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  writeSafetensors(path, network.stateDict(), {}, { overwrite: true });
  return path;
}
