import { noGrad, scope, zeros } from '../engine/index.ts';
import type { SegmentationNetwork } from '../models/index.ts';
import { foldBatchNorm } from '../nn/index.ts';
import { buildGraph, type OpenSides } from './build-graph.ts';
import { ExportOptionError } from './errors.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { toHalf } from './half.ts';
import type { Graph, GraphValue } from './onnx/graph.ts';
import { type ImageScaling, prependScaling } from './scaling.ts';

/** What the file answers for each pixel. */
export type ExportedOutput = 'logits' | 'softmax' | 'argmax';

/** How a network becomes a file. */
export interface ExportOptions {
  /** Height and width of the images; with `open: 'all'` only what is written in the metadata. */
  readonly height: number;
  readonly width: number;
  /** What may differ from run to run; the batch alone by default. */
  readonly open?: OpenSides;
  readonly output?: ExportedOutput;
  /** Numbers to scale images with inside the graph: it then takes raw pixel values. */
  readonly scaling?: ImageScaling | null;
  /** Bring the answer to the size of the images where the network gives a smaller one. Default true. */
  readonly fullSize?: boolean;
  readonly precision?: 'fp32' | 'fp16';
}

/** Names of the ends of exported graphs. */
export const INPUT_NAME = 'images';
export const OUTPUT_NAMES = { logits: 'logits', softmax: 'probabilities', argmax: 'classes' } as const;

function endOf(builder: GraphBuilder, logits: string, output: ExportedOutput): string {
  if (output === 'softmax') return builder.emit('Softmax', [logits], { axis: { int: 1 } });
  if (output === 'argmax')
    return builder.emit('ArgMax', [logits], { axis: { int: 1 }, keepdims: { int: 0 } });
  return logits;
}

/** The shapes of the file's ends, open sides by name. */
function ends(
  { height, width, open = 'batch' }: ExportOptions,
  [channels, classes]: readonly [number, number],
  output: ExportedOutput,
  size: readonly (number | string)[] | null,
): [GraphValue, GraphValue] {
  const batch = open === 'none' ? 1 : 'batch';
  const sides = open === 'all' ? ['height', 'width'] : [height, width];
  const answer = size ?? sides;
  return [
    { name: INPUT_NAME, type: 'float32', shape: [batch, channels, ...sides] },
    output === 'argmax'
      ? { name: OUTPUT_NAMES.argmax, type: 'int64', shape: [batch, ...answer] }
      : { name: OUTPUT_NAMES[output], type: 'float32', shape: [batch, classes, ...answer] },
  ];
}

/**
 * A network as an ONNX graph: float32 images `[N, C, H, W]` in, logits, probabilities `[N, K, H, W]` or classes `[N, H, W]`
 * out. The network is put in evaluation mode and its batch normalisations are folded into its convolutions: it must not be
 * trained afterwards.
 * @throws UnsupportedOperatorError, FixedSizeError, ExportOptionError
 */
export function exportGraph(network: SegmentationNetwork, options: ExportOptions): Graph {
  const { height, width, open = 'batch', output = 'logits', fullSize = true, precision = 'fp32' } = options;
  const { inputDivisor: divisor, inChannels: channels, classes } = network;
  if (height % divisor !== 0 || width % divisor !== 0)
    throw new ExportOptionError(`${network.modelName} takes images whose sides are multiples of ${divisor}`, {
      key: '--size',
      remedy: `choose ${Math.ceil(height / divisor) * divisor} × ${Math.ceil(width / divisor) * divisor}`,
    });
  network.eval();
  foldBatchNorm(network, () =>
    noGrad(() => scope(() => network.forward(zeros([1, channels, height, width])))),
  );
  const { builder, logits } = buildGraph(network, { height, width, open }, INPUT_NAME);
  const { graph } = builder;
  const smaller = smallerSize(logits.shape, height, width, open);
  let answer = logits.name;
  if (smaller !== null && fullSize) {
    const images = builder.images;
    const shape =
      open === 'none' ? builder.integers([1, classes, height, width]) : builder.imageShape(images, classes);
    answer = builder.emit('Resize', [answer, '', '', shape], {
      mode: { text: 'linear' },
      coordinate_transformation_mode: { text: 'half_pixel' },
    });
  }
  rename(graph, endOf(builder, answer, output), OUTPUT_NAMES[output]);
  const [input, result] = ends(options, [channels, classes], output, fullSize ? null : smaller);
  graph.inputs = [input];
  graph.outputs = [result];
  if (options.scaling) prependScaling(builder, options.scaling);
  return precision === 'fp16' ? toHalf(graph) : graph;
}

/** The sides of an answer that is smaller than the images, else null. */
function smallerSize(
  shape: readonly unknown[],
  height: number,
  width: number,
  open: OpenSides,
): (number | string)[] | null {
  if (open !== 'all') {
    const [h, w] = shape.slice(2) as [number, number];
    return h === height && w === width ? null : [h, w];
  }
  const factors = shape.slice(2).map((size) => (size as { factor?: number }).factor);
  return factors.every((factor) => factor === 1) ? null : ['out_height', 'out_width'];
}

/** Gives the result of a node another name, everywhere. */
function rename(graph: Graph, from: string, to: string): void {
  const renamed = (name: string) => (name === from ? to : name);
  graph.nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(renamed),
    outputs: node.outputs.map(renamed),
  }));
}
