import { InferenceSession, Tensor } from 'onnxruntime-node';
import { inferenceMode, manualSeed, noGrad, ops, scope, tensor } from '../../../src/engine/index.ts';
import { encodeModel, exportGraph } from '../../../src/export/index.ts';
import { createModel, type SegmentationNetwork } from '../../../src/models/index.ts';

/** Sides of the test images: PAN's pyramid needs more pixels, windows of attention take any. */
function sizeOf(name: string, divisor: number): { height: number; width: number } {
  const least = name.endsWith('_pan') ? 128 : 64;
  const up = (side: number) => Math.ceil(side / divisor) * divisor;
  return { height: up(least), width: up(least + 32) };
}

const CLASSES = 5;
const CHANNELS = 4;

/** Gives normalisation layers statistics of their own, as training leaves them: fresh ones hide errors. */
function season(network: SegmentationNetwork, size: { height: number; width: number }): void {
  network.train();
  for (const step of [1, 2, 3]) {
    const shape = [2, CHANNELS, size.height, size.width];
    const images = pixelsOf(2 * CHANNELS * size.height * size.width).map((value) => value + step / 5);
    noGrad(() => scope(() => void network.forward(tensor(images, shape))));
  }
  network.eval();
}

function pixelsOf(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 0.37 + i / 991) + Math.cos(i / 53));
}

function classesOf(scores: Float32Array, batch: number): Uint8Array {
  const area = scores.length / batch / CLASSES;
  return Uint8Array.from({ length: batch * area }, (_, i) => {
    const [image, place] = [Math.floor(i / area), i % area];
    const at = (k: number) => scores[(image * CLASSES + k) * area + place]!;
    let best = 0;
    for (let k = 1; k < CLASSES; k++) if (at(k) > at(best)) best = k;
    return best;
  });
}

/** Largest difference, as a part of the largest score, and the part of the pixels that get the same class. */
function compare(found: Float32Array, expected: Float32Array, batch: number) {
  if (found.length !== expected.length) throw new Error(`${found.length} scores for ${expected.length}`);
  let [largest, scale] = [0, 0];
  for (let i = 0; i < found.length; i++) {
    const difference = Math.abs(found[i]! - expected[i]!);
    // What is no number must not hide behind comparisons.
    largest = difference <= largest ? largest : difference;
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  if (!(scale > 0)) throw new Error('the network answers nothing that can be compared');
  const [ours, theirs] = [classesOf(found, batch), classesOf(expected, batch)];
  const same = ours.filter((one, i) => one === theirs[i]).length;
  return { relative: largest / scale, agreement: same / ours.length };
}

/** How a network of the zoo, with random weights, agrees with its export: for each precision and batch. */
export async function differences(name: string) {
  manualSeed(1);
  const network = createModel({ name, inChannels: CHANNELS, classes: CLASSES }).eval();
  try {
    const size = sizeOf(name, network.inputDivisor);
    season(network, size);
    const images = [1, 4].map((batch) => {
      const shape = [batch, CHANNELS, size.height, size.width];
      const pixels = pixelsOf(batch * CHANNELS * size.height * size.width);
      const expected = inferenceMode(() =>
        scope(() => {
          const scores = network.forward(tensor(pixels, shape));
          return ops.interpolate(scores, { size: [size.height, size.width], mode: 'bilinear' }).toFloat32();
        }),
      );
      return { batch, shape, pixels, expected };
    });
    const results: Record<string, { relative: number; agreement: number }> = {};
    for (const precision of ['fp32', 'fp16'] as const) {
      const graph = exportGraph(network, { ...size, precision });
      const session = await InferenceSession.create(
        encodeModel(graph, { metadata: {}, producerVersion: 'test' }),
        { logSeverityLevel: 3 },
      );
      for (const { batch, shape, pixels, expected } of images) {
        const answer = await session.run({ images: new Tensor('float32', pixels, shape) });
        results[`${precision} ${batch}`] = compare(answer.logits!.data as Float32Array, expected, batch);
      }
      await session.release();
    }
    return results;
  } finally {
    network.dispose();
  }
}
