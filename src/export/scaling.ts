import type { GraphBuilder } from './graph-builder.ts';

/** How images are normalised: `(x / range − mean) / deviation`, channel by channel. */
export interface ImageScaling {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** What stands for full brightness in raw pixels: 255 for bytes, 1 where statistics are of raw values. */
  readonly range: number;
}

/** Puts the normalisation in front of a graph, which then takes raw pixel values. */
export function prependScaling(builder: GraphBuilder, { mean, deviation, range }: ImageScaling): void {
  const { graph, images } = builder;
  const own = graph.nodes;
  graph.nodes = [];
  const shape = [1, mean.length, 1, 1];
  const centred = builder.emit('Sub', [
    images,
    builder.floats(
      mean.map((value) => value * range),
      shape,
    ),
  ]);
  const factors = deviation.map((value) => 1 / (value * range));
  const scaled = builder.emit('Mul', [centred, builder.floats(factors, shape)]);
  const front = graph.nodes;
  graph.nodes = [
    ...front,
    ...own.map((node) => ({
      ...node,
      // Sizes are read from the images themselves: the fewer nodes wait, the better.
      inputs:
        node.op === 'Shape' ? node.inputs : node.inputs.map((name) => (name === images ? scaled : name)),
    })),
  ];
}
