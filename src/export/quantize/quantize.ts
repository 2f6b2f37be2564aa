import { ExportOptionError } from '../errors.ts';
import { bytesOf } from '../graph-builder.ts';
import type { Graph, GraphNode, Initializer } from '../onnx/graph.ts';
import { hasWeights, quantizedParts } from './activations.ts';
import type { Ranges } from './calibration.ts';

/**
 * Largest magnitude of a weight. Seven bits, not eight: processors without dot products of bytes add pairs of products in 16
 * bits, which eight-bit weights overflow.
 */
const LARGEST_WEIGHT = 63;

/** Scale and zero point of unsigned bytes that cover a range and hold zero exactly. */
function byteScale([low, high]: readonly [number, number]): [scale: number, zero: number] {
  const [least, most] = [Math.min(low, 0), Math.max(high, 0)];
  // Float32, as the file holds it: rounding with another number would shift every value.
  const scale = Math.fround(Math.max((most - least) / 255, 1e-12));
  return [scale, Math.min(255, Math.max(0, Math.round(-least / scale)))];
}

const aligned = (data: Uint8Array) => (data.byteOffset % 4 === 0 ? data : data.slice());

function floatsOf({ data }: Initializer): Float32Array {
  const bytes = aligned(data);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

interface QuantizedWeights {
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/** Weights as signed bytes with a scale for each output channel. */
function quantizeWeights(weights: Initializer, axis: number): QuantizedWeights {
  const source = floatsOf(weights);
  const channels = weights.shape[axis]!;
  const inner = weights.shape.slice(axis + 1).reduce((product, side) => product * side, 1);
  const channelOf = (i: number) => Math.floor(i / inner) % channels;
  const largest = new Float32Array(channels);
  for (let i = 0; i < source.length; i++) {
    const channel = channelOf(i);
    largest[channel] = Math.max(largest[channel]!, Math.abs(source[i]!));
  }
  const scales = largest.map((value) => Math.max(value / LARGEST_WEIGHT, 1e-12));
  return { scales, values: Int8Array.from(source, (value, i) => Math.round(value / scales[channelOf(i)]!)) };
}

const INT32 = 2 ** 31 - 1;

class Quantizer {
  readonly nodes: GraphNode[] = [];
  readonly initializers: Map<string, Initializer>;
  private readonly graph: Graph;
  private readonly ranges: Ranges;
  private readonly scales = new Map<string, number>();
  private readonly rounded = new Set<string>();

  constructor(graph: Graph, ranges: Ranges) {
    this.graph = graph;
    this.ranges = ranges;
    this.initializers = new Map(graph.initializers);
  }

  run(): Graph {
    const { graph } = this;
    const { activations, nodes } = quantizedParts(graph);
    for (const { name } of graph.inputs) if (activations.has(name)) this.round(name);
    for (const node of graph.nodes) {
      const inputs = node.inputs.map((name) =>
        nodes.has(node) && this.rounded.has(name) ? `${name}.rounded` : name,
      );
      if (nodes.has(node) && hasWeights(graph, node)) this.weights(node, inputs);
      this.nodes.push({ ...node, inputs });
      for (const name of node.outputs) if (activations.has(name)) this.round(name);
    }
    const used = new Set(this.nodes.flatMap(({ inputs }) => inputs));
    for (const name of this.initializers.keys()) if (!used.has(name)) this.initializers.delete(name);
    return { ...graph, nodes: this.nodes, initializers: this.initializers };
  }

  private add(name: string, initializer: Initializer): string {
    this.initializers.set(name, initializer);
    return name;
  }

  /** Rounds an activation to bytes and back: runtimes merge the pair with what stands around it. */
  private round(name: string): void {
    const range = this.ranges.get(name);
    if (range === undefined || !range.every(Number.isFinite))
      throw new ExportOptionError(`nothing was measured of ${name}`, {
        key: '--patches',
        remedy: 'calibrate on images that the network can predict',
      });
    const [scale, zero] = byteScale(range);
    const parameters = [
      this.add(`${name}.scale`, { type: 'float32', shape: [], data: bytesOf(Float32Array.of(scale)) }),
      this.add(`${name}.zero`, { type: 'uint8', shape: [], data: Uint8Array.of(zero) }),
    ];
    const [bytes, back] = [`${name}.bytes`, `${name}.rounded`];
    this.nodes.push(
      { op: 'QuantizeLinear', inputs: [name, ...parameters], outputs: [bytes], attributes: {} },
      { op: 'DequantizeLinear', inputs: [bytes, ...parameters], outputs: [back], attributes: {} },
    );
    this.scales.set(name, scale);
    this.rounded.add(name);
  }

  /** Puts the weights (and the bias, in 32 bits) of a node in whole numbers. */
  private weights(node: GraphNode, inputs: string[]): void {
    const name = node.inputs[1]!;
    const { shape } = this.graph.initializers.get(name)!;
    const axis = node.op === 'Conv' ? 0 : shape.length - 1;
    const made = `${name}.rounded`;
    inputs[1] = made;
    const { values, scales } = quantizeWeights(this.graph.initializers.get(name)!, axis);
    if (!this.rounded.has(name)) {
      this.rounded.add(name);
      this.dequantize(made, axis, { type: 'int8', shape, data: bytesOf(values) }, scales, [
        'int8',
        new Uint8Array(scales.length),
      ]);
    }
    const bias = node.op === 'Conv' ? node.inputs[2] : undefined;
    const scale = this.scales.get(node.inputs[0]!);
    if (bias === undefined || scale === undefined) return;
    const both = scales.map((one) => one * scale);
    const whole = Int32Array.from(floatsOf(this.graph.initializers.get(bias)!), (value, i) =>
      Math.max(-INT32, Math.min(INT32, Math.round(value / both[i]!))),
    );
    // Equal biases of several layers are one constant, but each layer has its own scale.
    inputs[2] = `${node.outputs[0]}.bias`;
    this.dequantize(inputs[2], 0, { type: 'int32', shape: [whole.length], data: bytesOf(whole) }, both, [
      'int32',
      bytesOf(new Int32Array(whole.length)),
    ]);
  }

  private dequantize(
    output: string,
    axis: number,
    values: Initializer,
    scales: Float32Array,
    [type, zeros]: readonly ['int8' | 'int32', Uint8Array],
  ): void {
    const inputs = [
      this.add(`${output}.${type}`, values),
      this.add(`${output}.scales`, { type: 'float32', shape: [scales.length], data: bytesOf(scales) }),
      this.add(`${output}.zeros`, { type, shape: [scales.length], data: zeros }),
    ];
    const attributes = { axis: { int: axis } };
    this.nodes.push({ op: 'DequantizeLinear', inputs, outputs: [output], attributes });
  }
}

/**
 * A float32 graph with convolutions and linear layers in eight bits, by pairs of QuantizeLinear and DequantizeLinear: activations
 * as unsigned bytes over the range that was measured, weights as signed ones with a scale for each output channel.
 * @throws ExportOptionError when a range is missing
 */
export function quantizeGraph(graph: Graph, ranges: Ranges): Graph {
  return new Quantizer(graph, ranges).run();
}
