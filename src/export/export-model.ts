import { noGrad, scope, zeros } from '../engine/index.ts';
import type { SegmentationNetwork } from '../models/index.ts';
import { foldBatchNorm } from '../nn/index.ts';
import { buildGraph } from './build-graph.ts';
import { ExportOptionError } from './errors.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { ELEMENT_TYPES, type Graph, type GraphValue } from './onnx/graph.ts';

/** What the file answers for each pixel: scores, probabilities (softmax), or the number of the likeliest class. */
export type ExportedOutput = 'logits' | 'probabilities' | 'classes';

/** How a network becomes a graph. */
export interface ExportOptions {
  /** Height and width of the images; with `dynamic` they are only what the network is watched at. */
  readonly height: number;
  readonly width: number;
  /** Height and width stay open. Default false. */
  readonly dynamic?: boolean;
  /** Images at once; open by default. */
  readonly batch?: number | 'dynamic';
  /** Logits by default. */
  readonly output?: ExportedOutput;
  /** Bring the answer to the size of the images where the network gives a smaller one. Default true. */
  readonly fullSize?: boolean;
}

/** Name of the images of exported graphs. */
export const INPUT_NAME = 'images';

function endOf(builder: GraphBuilder, logits: string, output: ExportedOutput): string {
  if (output === 'logits') return logits;
  if (output === 'probabilities') return builder.emit('Softmax', [logits], { axis: { int: 1 } });
  const numbers = builder.emit('ArgMax', [logits], { axis: { int: 1 }, keepdims: { int: 0 } });
  return builder.emit('Cast', [numbers], { to: { int: ELEMENT_TYPES.uint8 } });
}

/** The ends of the file, open sides by name. */
function ends(
  { height, width, dynamic = false, batch = 'dynamic', output = 'logits' }: ExportOptions,
  { inChannels: channels, classes }: SegmentationNetwork,
  smaller: readonly (number | string)[] | null,
): [GraphValue, GraphValue] {
  const images = batch === 'dynamic' ? 'batch' : batch;
  const sides = dynamic ? ['height', 'width'] : [height, width];
  const answer = smaller ?? sides;
  return [
    { name: INPUT_NAME, type: 'float32', shape: [images, channels, ...sides] },
    output === 'classes'
      ? { name: output, type: 'uint8', shape: [images, ...answer] }
      : { name: output, type: 'float32', shape: [images, classes, ...answer] },
  ];
}

function requireSize(network: SegmentationNetwork, { height, width }: ExportOptions): void {
  const { inputDivisor: divisor, modelName } = network;
  if (height % divisor === 0 && width % divisor === 0) return;
  const up = (side: number) => Math.ceil(side / divisor) * divisor;
  throw new ExportOptionError(`${modelName} takes images whose sides are multiples of ${divisor}`, {
    key: '--size',
    remedy: `choose ${up(height)} × ${up(width)}`,
  });
}

/**
 * A network as an ONNX graph: float32 images `[N, C, H, W]` in; logits or probabilities `[N, K, H, W]`, or classes
 * `[N, H, W]` (uint8) out. The network is put in evaluation mode and its batch normalisations are folded into its
 * convolutions: it must not be trained afterwards. Half precision (`toHalf`) and a normalisation inside (`prependScaling`) come after.
 * @throws UnsupportedOperatorError, FixedSizeError, ExportOptionError
 */
export function exportGraph(network: SegmentationNetwork, options: ExportOptions): Graph {
  const { height, width, dynamic = false, output = 'logits', fullSize = true } = options;
  requireSize(network, options);
  network.eval();
  foldBatchNorm(network, () =>
    noGrad(() => scope(() => network.forward(zeros([1, network.inChannels, height, width])))),
  );
  const { builder, logits } = buildGraph(network, { height, width, dynamic }, INPUT_NAME);
  const smaller = smallerSize(logits.shape, height, width, dynamic);
  let answer = logits.name;
  if (smaller !== null && fullSize) {
    answer = builder.emit('Resize', [answer, '', '', builder.imageShape(INPUT_NAME, network.classes)], {
      mode: { text: 'linear' },
      coordinate_transformation_mode: { text: 'half_pixel' },
    });
  }
  const [input, result] = ends(options, network, fullSize ? null : smaller);
  const { graph } = builder;
  rename(graph, endOf(builder, answer, output), result.name);
  graph.inputs = [input];
  graph.outputs = [result];
  return graph;
}

/** The sides of an answer that is smaller than the images, else null. */
function smallerSize(
  shape: readonly unknown[],
  height: number,
  width: number,
  dynamic: boolean,
): (number | string)[] | null {
  if (!dynamic) {
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
