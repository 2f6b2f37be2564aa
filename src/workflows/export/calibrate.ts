import { type Patch, readAhead, readPatch } from '../../data/index.ts';
import {
  calibrationGraph,
  encodeModel,
  type Graph,
  quantizedParts,
  RangeCollector,
  type Ranges,
} from '../../export/index.ts';
import {
  type NetworkDescription,
  normaliseTile,
  onnxRuntime,
  openSession,
  padTile,
  pixelScaling,
} from '../../inference/index.ts';

/** How ranges are measured. */
export interface CalibrationOptions {
  readonly patches: readonly Patch[];
  /** Side of the images the graph takes; null when open. */
  readonly side: number | null;
  readonly divisor: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Runs a float32 graph on real images and measures the range of every value that is to become a byte. */
export async function measureRanges(
  graph: Graph,
  { channels, normalization }: NetworkDescription,
  { patches, side, divisor, onProgress }: CalibrationOptions,
): Promise<Ranges> {
  const { activations } = quantizedParts(graph);
  const bytes = encodeModel(calibrationGraph(graph, activations), { metadata: {}, producerVersion: '' });
  const session = await openSession(bytes);
  const collector = new RangeCollector(activations);
  const scaling = pixelScaling(normalization, { normalizes: false, pixelRange: null }, '');
  try {
    const { Tensor } = await onnxRuntime();
    const read = (patch: Patch) => readPatch(patch, { channels, decodeMask: null, crop: side });
    let done = 0;
    for await (const { image, dataType, width, height, patch } of readAhead(patches, read, 2)) {
      const raw = { pixels: image, dataType, width, height, image: patch.image };
      const tile = padTile(raw, channels.length, side ?? divisor);
      const pixels = new Float32Array(channels.length * tile.width * tile.height);
      normaliseTile(tile, channels.length, scaling, pixels, 0, false);
      const shape = [1, channels.length, tile.height, tile.width];
      collector.add(await session.run({ [graph.inputs[0]!.name]: new Tensor('float32', pixels, shape) }));
      onProgress?.(++done, patches.length);
    }
  } finally {
    await session.release();
  }
  return collector.found;
}
