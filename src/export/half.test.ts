import { expect, test } from 'vitest';
import { manualSeed } from '../engine/index.ts';
import { createModel } from '../models/index.ts';
import { exportGraph } from './export-model.ts';
import { FLOAT_HEADS, toHalf } from './half.ts';
import type { Graph } from './onnx/graph.ts';

function networkGraph(): Graph {
  manualSeed(1);
  const network = createModel({ name: 'resnet18_unet', classes: 3, decoderChannels: [64, 32, 16, 16, 8] });
  const graph = exportGraph(network, { height: 64, width: 64 });
  network.dispose();
  return graph;
}

const bytes = ({ initializers }: Graph) =>
  [...initializers.values()].reduce((sum, { data }) => sum + data.length, 0);

/** Numbers that the weights of each convolution are held in, in the order they run. */
const weightTypes = ({ nodes, initializers }: Graph) =>
  nodes.filter(({ op }) => op === 'Conv').map(({ inputs }) => initializers.get(inputs[1]!)!.type);

test('the head of a half graph stays in float32, and all that follows does not', () => {
  const graph = networkGraph();
  expect(new Set(weightTypes(toHalf(graph)))).toEqual(new Set(['float16']));
  const types = weightTypes(toHalf(graph, 1 / 4));
  const halves = types.filter((type) => type === 'float16').length;
  expect(types).toEqual([
    ...Array<string>(types.length - halves).fill('float32'),
    ...Array<string>(halves).fill('float16'),
  ]);
  expect(halves).toBeGreaterThan(types.length / 2);
  expect(halves).toBeLessThan(types.length);
});

test('the first head to be tried holds next to no weights', () => {
  const graph = networkGraph();
  const [none, eighth] = FLOAT_HEADS;
  expect(bytes(toHalf(graph, none))).toBeLessThan(0.505 * bytes(graph));
  expect(bytes(toHalf(graph, eighth))).toBeLessThan(0.52 * bytes(graph));
});
