import { join } from 'node:path';
import { expect, test } from 'vitest';
import { normalizer } from '../../src/data/index.ts';
import { getNumThreads, manualSeed, ops, scope, setNumThreads, type Tensor } from '../../src/engine/index.ts';
import {
  type MapRasterOptions,
  mapRaster,
  measureNetwork,
  TorchPredictor,
} from '../../src/inference/index.ts';
import { createModel } from '../../src/models/index.ts';
import { SegmentationNetwork } from '../../src/models/network.ts';
import { Conv2d } from '../../src/nn/index.ts';
import { openRaster } from '../../src/raster/index.ts';
import { classes, sha256, temporaryFolder, writeImage } from './support.ts';

const folder = temporaryFolder();
const input = await writeImage(join(folder, 'image.tif'), 230, 170);
let sequence = 0;

/** Four convolutions: a pixel's answer depends on the six pixels around it on every side. */
class Narrow extends SegmentationNetwork {
  readonly layers = [1, 2, 2, 1].map(
    (dilation, i) => new Conv2d(i === 0 ? 2 : 8, i === 3 ? 5 : 8, 3, { padding: dilation, dilation }),
  );

  constructor() {
    super({ modelName: 'narrow', inChannels: 2, classes: 5, inputDivisor: 1 });
  }

  override forward(images: Tensor): Tensor {
    return scope(() => {
      let x = images;
      for (const [i, layer] of this.layers.entries()) {
        x = layer.forward(x);
        if (i < this.layers.length - 1) x = ops.relu(x);
      }
      return x;
    });
  }
}

function predictorOf(network: SegmentationNetwork): TorchPredictor {
  const statistics = { kind: 'custom', means: [110, 110], stds: [20, 20] } as const;
  return new TorchPredictor(network, { normalizer: normalizer(statistics, 2), device: 'cpu' });
}

async function map(predictor: TorchPredictor, options: Partial<MapRasterOptions>): Promise<string> {
  const output = join(folder, `map-${sequence++}.tif`);
  const common = { input, output, predictor, classes, channels: [1, 2] };
  await mapRaster({ ...common, tile: 64, margin: 12, ...options });
  return output;
}

test.each(['crop', 'hann', 'linear', 'gaussian'] as const)(
  '%s: tiled is whole within 1e-5 where the margin covers what the network sees',
  async (blend) => {
    manualSeed(3);
    const predictor = predictorOf(new Narrow());
    const probabilities = (tiles: Partial<MapRasterOptions>) =>
      map(predictor, { kind: 'probabilities', ...tiles });
    await using tiled = await openRaster(await probabilities({ blend }));
    await using whole = await openRaster(await probabilities({ tile: 256 }));
    const [a, b] = [(await tiled.read()).data, (await whole.read()).data] as [Uint8Array, Uint8Array];
    // Bytes: a value within 1e-5 of a half may fall to either side.
    const apart = a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
    const different = a.reduce((count, value, i) => count + (value === b[i] ? 0 : 1), 0);
    expect(apart).toBeLessThanOrEqual(1);
    expect(different / a.length).toBeLessThan(255 * 4e-5);
    predictor.dispose();
  },
);

test('float32 maps do not depend on batch size, threads or where they are blended', async () => {
  manualSeed(5);
  const predictor = predictorOf(createModel({ name: 'resnet18_unet', inChannels: 2, classes: 5 }));
  const threads = getNumThreads();
  const hashes: string[] = [];
  for (const [batchSize, count, inThreads] of [
    [1, 1, false] as const,
    [3, 1, true] as const,
    [1, 2, false] as const,
    [2, 2, true] as const,
  ]) {
    setNumThreads(count);
    hashes.push(sha256(await map(predictor, { blend: 'hann', batchSize, inThreads })));
  }
  setNumThreads(threads);
  expect(new Set(hashes).size).toBe(1);
  expect(predictor.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  predictor.dispose();
});

test('what a network needs is measured', async () => {
  manualSeed(5);
  const predictor = predictorOf(new Narrow());
  const cost = await measureNetwork(predictor, { side: 128 });
  // Two layers of eight channels, at least, are alive at once; never all of them many times over.
  expect(cost.bytesPerPixel).toBeGreaterThan(4 * 16);
  expect(cost.bytesPerPixel).toBeLessThan(4 * 200);
  expect(cost.secondsPerPixel).toBeGreaterThan(0);
  predictor.dispose();
});
