import { scope, tensor } from '../engine/index.ts';
import type { Graph, GraphNode, Initializer } from './onnx/graph.ts';

/**
 * Operators that lose too much in half precision, or have no such form in ONNX Runtime: they stay in float32, between casts.
 */
const ISLANDS = new Set([
  'Softmax',
  'LogSoftmax',
  'BatchNormalization',
  'LayerNormalization',
  'InstanceNormalization',
  'ReduceMean',
  'ReduceSum',
  'Resize',
  'GridSample',
  'Erf',
  'Exp',
  'Log',
  'GlobalAveragePool',
]);

/** Operators whose result is no float, whatever goes in. */
const WHOLE_NUMBERS = new Set([
  'Shape',
  'ArgMax',
  'Less',
  'LessOrEqual',
  'Greater',
  'GreaterOrEqual',
  'Equal',
  'Not',
  'And',
  'Or',
]);

const HALF = 10;
const FLOAT = 1;
/** The largest finite number in half precision. */
const LARGEST = 65504;

/** Finite numbers beyond what half precision holds become the largest it holds. */
function withinRange(source: Float32Array): Float32Array {
  let result = source;
  for (let i = 0; i < source.length; i++) {
    const value = source[i]!;
    if (Math.abs(value) <= LARGEST || !Number.isFinite(value)) continue;
    if (result === source) result = source.slice();
    result[i] = Math.sign(value) * LARGEST;
  }
  return result;
}

/** A float32 constant in half precision, rounded by libtorch. */
function halved({ shape, data }: Initializer): Initializer {
  const aligned = data.byteOffset % 4 === 0 ? data : data.slice();
  const source = withinRange(new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4));
  const bytes = scope(() => tensor(source, [source.length]).to({ dtype: 'float16' }).toBytes());
  return { type: 'float16', shape, data: bytes };
}

/** Whether a node gives floats, given which values are. */
function givesFloat(node: GraphNode, floats: ReadonlySet<string>): boolean {
  if (WHOLE_NUMBERS.has(node.op)) return false;
  if (node.op === 'Cast') return 'int' in node.attributes.to! && node.attributes.to.int === FLOAT;
  return floats.has(node.inputs[node.op === 'Where' ? 1 : 0]!);
}

/** The inputs of a node that count as its data; Resize takes its factors in float32 always. */
const dataInputs = ({ op, inputs }: GraphNode) => (op === 'Resize' ? inputs.slice(0, 1) : inputs);

/**
 * Parts of the nodes, counted from the images, that are kept in float32 one after the other until the answer is near enough. What is
 * rounded first passes through all that follows: in deep networks the first eighth decides, and holds few weights.
 */
export const FLOAT_HEADS = [0, 1 / 8, 1 / 4, 1 / 2] as const;

/** Tries {@link FLOAT_HEADS} one after the other until an attempt is near enough; the last is given whatever it is. */
export async function untilNearEnough<Attempt extends { readonly nearEnough: boolean }>(
  attempt: (floatHead: number) => Promise<Attempt>,
): Promise<Attempt> {
  const [first, ...others] = FLOAT_HEADS;
  let result = await attempt(first);
  for (const floatHead of others) {
    if (result.nearEnough) break;
    result = await attempt(floatHead);
  }
  return result;
}

/**
 * A graph in half precision: weights and results in float16, with islands of float32 where it matters; images and answer
 * stay float32, so that nothing changes for whoever runs the file.
 * @param floatHead part of the nodes, from the images on, that stays in float32; see {@link FLOAT_HEADS}
 */
export function toHalf(graph: Graph, floatHead = 0): Graph {
  const kept = Math.floor(graph.nodes.length * floatHead);
  const image = graph.inputs[0]!.name;
  const answer = graph.outputs[0]!;
  const floats = new Set<string>([image]);
  for (const [name, { type }] of graph.initializers) if (type === 'float32') floats.add(name);
  const nodes: GraphNode[] = [];
  const initializers = new Map(graph.initializers);
  const casts = new Map<string, string>();
  const constant = (name: string) => graph.initializers.has(name);
  /** The name under which a float value is had in a type; adds the cast that is needed. */
  const inType = (name: string, type: number, has: number): string => {
    if (type === has) return name;
    const key = `${name} ${type}`;
    const known = casts.get(key);
    if (known !== undefined) return known;
    const made = `${name}.${type === HALF ? 'half' : 'float'}`;
    if (constant(name) && type === HALF) initializers.set(made, halved(graph.initializers.get(name)!));
    else nodes.push(castNode(name, made, type));
    casts.set(key, made);
    return made;
  };
  // What each float value is held in: constants and images in float32, results in what their node computes in.
  const held = new Map<string, number>([[image, FLOAT]]);
  for (const [i, node] of graph.nodes.entries()) {
    const island = i < kept || ISLANDS.has(node.op);
    const wanted = island ? FLOAT : HALF;
    const cast = node.op === 'Cast';
    const data = new Set(dataInputs(node));
    const inputs = node.inputs.map((name) => {
      if (!floats.has(name) || !data.has(name) || cast || node.op === 'Shape') return name;
      return inType(name, wanted, held.get(name) ?? FLOAT);
    });
    const attributes =
      cast && givesFloat(node, floats) ? { ...node.attributes, to: { int: HALF } } : node.attributes;
    nodes.push({ ...node, inputs, outputs: [...node.outputs], attributes });
    if (!givesFloat(node, floats)) continue;
    for (const output of node.outputs) {
      floats.add(output);
      held.set(output, cast ? HALF : wanted);
    }
  }
  if (held.get(answer.name) === HALF) {
    const inner = `${answer.name}.half`;
    for (const node of nodes) {
      node.outputs.forEach((name, i) => {
        if (name === answer.name) node.outputs[i] = inner;
      });
      node.inputs.forEach((name, i) => {
        if (name === answer.name) node.inputs[i] = inner;
      });
    }
    nodes.push(castNode(inner, answer.name, FLOAT));
  }
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  for (const name of initializers.keys()) if (!used.has(name)) initializers.delete(name);
  return { ...graph, nodes, initializers };
}

function castNode(from: string, to: string, type: number): GraphNode {
  return { op: 'Cast', inputs: [from], outputs: [to], attributes: { to: { int: type } } };
}
