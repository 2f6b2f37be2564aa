import type { Graph, GraphNode } from '../onnx/graph.ts';

/** Smallest and largest value that was seen of each activation. */
export type Ranges = ReadonlyMap<string, readonly [low: number, high: number]>;

const lowName = (name: string) => `${name}.low`;
const highName = (name: string) => `${name}.high`;

/** A graph whose outputs are the smallest and largest value of some of its activations, one number each. */
export function calibrationGraph(graph: Graph, activations: Iterable<string>): Graph {
  const names = [...activations];
  const extreme = (op: string, from: string, to: string): GraphNode => {
    return { op, inputs: [from], outputs: [to], attributes: { keepdims: { int: 0 } } };
  };
  return {
    ...graph,
    nodes: [
      ...graph.nodes,
      ...names.flatMap((name) => [
        extreme('ReduceMin', name, lowName(name)),
        extreme('ReduceMax', name, highName(name)),
      ]),
    ],
    outputs: names.flatMap((name) =>
      [lowName(name), highName(name)].map((one) => ({ name: one, type: 'float32' as const, shape: [] })),
    ),
  };
}

/** Collects what a calibration graph answers, image by image. */
export class RangeCollector {
  private readonly ranges = new Map<string, [number, number]>();
  private readonly names: readonly string[];

  constructor(activations: Iterable<string>) {
    this.names = [...activations];
  }

  /** Takes the answer for one batch in. */
  add(outputs: Readonly<Record<string, { readonly data: unknown }>>): void {
    const number = (name: string) => Number((outputs[name]!.data as ArrayLike<number>)[0]);
    for (const name of this.names) {
      const [low, high] = [number(lowName(name)), number(highName(name))];
      const known = this.ranges.get(name);
      this.ranges.set(name, known ? [Math.min(known[0], low), Math.max(known[1], high)] : [low, high]);
    }
  }

  /** Ranges so far. */
  get found(): Ranges {
    return this.ranges;
  }
}
