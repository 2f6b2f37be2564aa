import { bytesOf } from './graph-builder.ts';
import type { Graph } from './onnx/graph.ts';

/** A normalisation inside a graph: `(x − offset) · factor`, channel by channel. */
export interface ImageScaling {
  readonly offset: readonly number[];
  readonly factor: readonly number[];
}

/**
 * Puts a normalisation in front of a graph. It stays in float32 whatever the graph computes in: pixel values have more
 * digits than half precision keeps.
 */
export function prependScaling(graph: Graph, { offset, factor }: ImageScaling): Graph {
  const images = graph.inputs[0]!.name;
  const [centred, scaled] = [`${images}.centred`, `${images}.scaled`];
  const [offsets, factors] = [`${images}.offset`, `${images}.factor`];
  const numbers = (values: readonly number[]) => ({
    ...{ type: 'float32' as const, shape: [1, values.length, 1, 1] },
    data: bytesOf(Float32Array.from(values)),
  });
  const initializers = new Map(graph.initializers);
  initializers.set(offsets, numbers(offset)).set(factors, numbers(factor));
  return {
    ...graph,
    initializers,
    nodes: [
      { op: 'Sub', inputs: [images, offsets], outputs: [centred], attributes: {} },
      { op: 'Mul', inputs: [centred, factors], outputs: [scaled], attributes: {} },
      ...graph.nodes.map((node) => ({
        ...node,
        // Sizes are read from the images themselves: the fewer nodes wait, the better.
        inputs:
          node.op === 'Shape' ? node.inputs : node.inputs.map((name) => (name === images ? scaled : name)),
      })),
    ],
  };
}
