import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { manualSeed, scope, tensor } from '../../../src/engine/index.ts';
import {
  encodeModel,
  exportGraph,
  type FileFacts,
  type Graph,
  toHalf,
  untilNearEnough,
  writeModel,
} from '../../../src/export/index.ts';
import { referenceAnswer } from '../../../src/export/reference-answer.ts';
import { createModel } from '../../../src/models/index.ts';
import { createZeroModel } from '../../../src/models/zero-weights.ts';
import { settleNorms } from '../../models/settle-norms.ts';

interface Side {
  readonly height: number;
  readonly width: number;
}

/** Sides of the test images: PAN's pyramid needs more pixels, windows of attention take any. */
function sizeOf(name: string, divisor: number): Side {
  const least = name.endsWith('_pan') ? 128 : 64;
  const up = (side: number) => Math.ceil(side / divisor) * divisor;
  return { height: up(least), width: up(least + 32) };
}

const CLASSES = 5;
const CHANNELS = 4;

/** What a large file says of itself here: enough to be written. */
const LARGE_FILE: FileFacts = {
  ...{ name: 'large', output: 'logits', precision: 'fp32', normalizes: false, pixelRange: null, divisor: 32 },
  ...{ side: null, batch: 'dynamic', resolution: null, overlap: 25, threshold: 0, smallSegment: 0 },
  ...{ training: null, parameters: 0, version: '0' },
  description: {
    model: { architecture: { kind: 'huggingface', model: 'large' }, channels: CHANNELS, classes: CLASSES },
    channels: [1, 2, 3, 4],
    normalization: { kind: 'without' },
    classes: Array.from({ length: CLASSES }, (_, i) => ({ name: `class ${i}`, color: '#000000', weight: 1 })),
  },
};

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

type Difference = ReturnType<typeof compare>;

/** Graphs above this many bytes are written to disk as `arpent export` writes them, weights beside the model. */
const LARGE = 400e6;

/** A graph as ONNX Runtime opens it; what lies on disk goes with `folder`. */
function encoded(graph: Graph, folder: string): Uint8Array | string {
  const bytes = [...graph.initializers.values()].reduce((sum, { data }) => sum + data.length, 0);
  if (bytes < LARGE) return encodeModel(graph, { metadata: {}, producerVersion: 'test' });
  const file = join(folder, `${graph.initializers.size}-${bytes}.onnx`);
  writeModel(file, graph, LARGE_FILE, { externalFrom: LARGE });
  return file;
}

async function open(model: Uint8Array | string): Promise<InferenceSession> {
  const options = { logSeverityLevel: 3 } as const;
  return typeof model === 'string'
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options);
}

/** Test images, the first of them the same in every batch. */
function imagesOf(batch: number, { height, width }: Side) {
  const shape = [batch, CHANNELS, height, width];
  return { batch, shape, pixels: pixelsOf(batch * CHANNELS * height * width) };
}

/**
 * A network with drawn weights, and norms that have seen the images that it is tested on: its answers for one and four of them, and
 * its graph.
 */
function prepare(name: string) {
  manualSeed(1);
  const network = createModel({ name, inChannels: CHANNELS, classes: CLASSES });
  try {
    const size = sizeOf(name, network.inputDivisor);
    const seen = imagesOf(4, size);
    scope(() => settleNorms(network, tensor(seen.pixels, seen.shape)));
    const images = [1, 4].map((batch) => {
      const { pixels, shape } = imagesOf(batch, size);
      return { batch, shape, pixels, expected: referenceAnswer(network, pixels, shape, 'logits') };
    });
    return { images, graph: exportGraph(network, size) };
  } finally {
    network.dispose();
  }
}

/** Largest difference and least part of pixels with the same class that an export may have. */
export const BOUNDS = { fp32: [1e-4, 0.999], fp16: [1e-2, 0.995] } as const;

function isWithin({ relative, agreement }: Difference): boolean {
  const [most, least] = BOUNDS.fp16;
  return relative <= most && agreement >= least;
}

/** How a network of the zoo, with random weights, agrees with its export. */
export interface Agreement {
  /** For images alone and by four. */
  readonly fp32: readonly Difference[];
  readonly fp16: readonly Difference[];
  /** Part of the half graph's nodes that stayed in float32. */
  readonly floatHead: number;
}

/** Exports a network as `arpent export` does, in half precision with ever more of its beginning in float32 until it is near enough. */
export async function differences(name: string): Promise<Agreement> {
  const folder = mkdtempSync(join(tmpdir(), 'arpent-zoo-'));
  try {
    const { images, graph } = prepare(name);
    const differencesOf = async (one: Graph): Promise<Difference[]> => {
      const session = await open(encoded(one, folder));
      const found: Difference[] = [];
      for (const { batch, shape, pixels, expected } of images) {
        const answer = await session.run({ images: new Tensor('float32', pixels, shape) });
        found.push(compare(answer.logits!.data as Float32Array, expected, batch));
      }
      await session.release();
      return found;
    };
    const fp32 = await differencesOf(graph);
    const { fp16, floatHead } = await untilNearEnough(async (floatHead) => {
      const fp16 = await differencesOf(toHalf(graph, floatHead));
      return { fp16, floatHead, nearEnough: fp16.every(isWithin) };
    });
    return { fp32, fp16, floatHead };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * The network of a name with weights of zero, exported and run: equal constants are stored once, so even the largest is a small
 * file.
 * @returns its operators, and the shape and finiteness of its answer
 */
export async function outline(name: string) {
  const network = createZeroModel({ name, inChannels: CHANNELS, classes: CLASSES });
  try {
    const size = sizeOf(name, network.inputDivisor);
    const graph = exportGraph(network, size);
    const session = await open(encodeModel(graph, { metadata: {}, producerVersion: 'test' }));
    const shape = [1, CHANNELS, size.height, size.width];
    const answer = await session.run({
      images: new Tensor('float32', pixelsOf(CHANNELS * shape[2]! * shape[3]!), shape),
    });
    const { data, dims } = answer.logits!;
    await session.release();
    return {
      operators: [...new Set(graph.nodes.map(({ op }) => op))].sort(),
      asExpected: dims.join() === [1, CLASSES, size.height, size.width].join(),
      finite: (data as Float32Array).every(Number.isFinite),
    };
  } finally {
    network.dispose();
  }
}
