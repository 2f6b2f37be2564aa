import type { Graph, GraphNode } from '../onnx/graph.ts';

/** Operators that runtimes compute in eight bits; everything else stays in float32. */
const EIGHT_BIT = new Set([
  'Conv',
  'MatMul',
  'Add',
  'Concat',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'Resize',
  'Relu',
]);

/** Whether an operator has weights, which are what makes eight bits worth while. */
export function hasWeights(graph: Graph, { op, inputs }: GraphNode): boolean {
  return (op === 'Conv' || op === 'MatMul') && graph.initializers.get(inputs[1]!)?.type === 'float32';
}

/** Inputs of a node that carry data: Resize takes its sizes besides. */
const dataOf = ({ op, inputs }: GraphNode) =>
  op === 'Resize' || op === 'Conv' ? inputs.slice(0, 1) : inputs;

/** The names whose values become whole numbers, and the nodes that then compute in eight bits. */
export interface QuantizedParts {
  readonly activations: ReadonlySet<string>;
  readonly nodes: ReadonlySet<GraphNode>;
}

/**
 * What of a graph to compute in eight bits: convolutions and linear layers, and what lies between them. The layers that make
 * the answer stay in float32, where small differences decide. A convolution that only feeds a ReLU is one step with it, so
 * the value between them is not rounded.
 */
export function quantizedParts(graph: Graph): QuantizedParts {
  const consumers = new Map<string, GraphNode[]>();
  for (const node of graph.nodes)
    for (const name of node.inputs) consumers.set(name, [...(consumers.get(name) ?? []), node]);
  const last = [...graph.nodes].reverse().find((node) => hasWeights(graph, node));
  const varies = (name: string) => name !== '' && !graph.initializers.has(name);
  const nodes = new Set<GraphNode>();
  for (const node of graph.nodes) {
    if (node === last || !EIGHT_BIT.has(node.op)) continue;
    if ((node.op === 'Conv' || node.op === 'MatMul') && !hasWeights(graph, node)) continue;
    // Adding a constant that is no bias of a layer before it is cheap in float32.
    if (!hasWeights(graph, node) && !dataOf(node).every(varies)) continue;
    nodes.add(node);
  }
  const activations = new Set<string>();
  for (const node of nodes) {
    for (const name of dataOf(node).filter(varies)) activations.add(name);
    for (const name of node.outputs) activations.add(name);
  }
  for (const node of nodes) {
    const [only, ...others] = consumers.get(node.outputs[0]!) ?? [];
    if (node.op === 'Conv' && only?.op === 'Relu' && nodes.has(only) && others.length === 0)
      activations.delete(node.outputs[0]!);
  }
  for (const { name } of graph.outputs) activations.delete(name);
  return { activations, nodes };
}
