import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ConfusionMatrix, strictScores } from '../../src/evaluation/index.ts';
import {
  calibrationGraph,
  encodeModel,
  exportGraph,
  type Graph,
  quantizedParts,
  quantizeGraph,
  RangeCollector,
} from '../../src/export/index.ts';
import { readSafetensors } from '../../src/weights/index.ts';
import { folder } from '../data.ts';
import { pair, time } from '../pair.ts';
import { peer, subject, torchPython } from '../peers.ts';
import { type Bench, missing, type Row, ratioRow } from '../row.ts';
import { makeScene } from '../scene.ts';
import { BANDS, benchNetwork, CLASSES, NORMALIZATION } from '../subjects/network.ts';
import { trainedWeights } from '../trained-weights.ts';

const target = '≤ 1.05×';

/** Pixels of a made-up landscape as the network takes them, and their classes. */
function sample(side: number, seed: number) {
  const scene = makeScene({ bands: BANDS, classes: CLASSES }, { width: side, height: side }, seed);
  const { means, stds } = NORMALIZATION as { means: readonly number[]; stds: readonly number[] };
  const pixels = Float32Array.from(scene.pixels, (value, i) => {
    const band = Math.floor(i / (side * side));
    return (value - means[band]!) / stds[band]!;
  });
  return { images: new Tensor('float32', pixels, [1, BANDS, side, side]), classes: scene.classes };
}

const bytesOf = (graph: Graph) => encodeModel(graph, { metadata: {}, producerVersion: 'bench' });

/** The same graph in eight bits, calibrated on landscapes that are not scored. */
async function inEightBits(graph: Graph, side: number, scenes: number): Promise<Graph> {
  const { activations } = quantizedParts(graph);
  const session = await InferenceSession.create(bytesOf(calibrationGraph(graph, activations)));
  const ranges = new RangeCollector(activations);
  for (let i = 0; i < scenes; i++) ranges.add(await session.run({ images: sample(side, 7000 + i).images }));
  await session.release();
  return quantizeGraph(graph, ranges.found);
}

async function meanIou(file: string, side: number, scenes: number): Promise<number> {
  const session = await InferenceSession.create(file, { logSeverityLevel: 3 });
  const matrix = new ConfusionMatrix(CLASSES);
  const area = side * side;
  for (let i = 0; i < scenes; i++) {
    const { images, classes } = sample(side, 9000 + i);
    const scores = (await session.run({ images })).logits!.data as Float32Array;
    const best = new Uint8Array(area);
    for (let k = 1; k < CLASSES; k++)
      for (let at = 0; at < area; at++)
        if (scores[k * area + at]! > scores[best[at]! * area + at]!) best[at] = k;
    matrix.accumulate(classes, best);
  }
  await session.release();
  return strictScores(
    matrix,
    Array.from({ length: CLASSES }, () => ({ weight: 1 })),
  ).miou;
}

/** Our export in ONNX Runtime against PyTorch's own export of the same network, and eight bits against float32. */
export const onnxRows: Bench = async ({ quick, repeats }) => {
  const [side, runs, scenes] = quick ? [128, 3, 4] : [512, 8, 16];
  const size = `U-Net/ResNet34, 1×${BANDS}×${side}²`;
  mkdirSync(folder, { recursive: true });
  const at = (name: string) => join(folder, `${name}-${side}.onnx`);
  const weights = await trainedWeights();
  const network = benchNetwork();
  network.loadStateDict(readSafetensors(weights).stateDict);
  const graph = exportGraph(network, { height: side, width: side });
  writeFileSync(at('ours'), bytesOf(graph));
  writeFileSync(at('int8'), bytesOf(await inEightBits(graph, side, scenes)));
  network.dispose();
  const run = (name: string) => subject('onnx.ts', [at(name), side, runs]);
  const rows: Row[] = [];
  const name = `ONNX Runtime on our export, ${size}, fp32`;
  const python = torchPython();
  if (python === null) rows.push(missing(name, target, 'no Python with torch'));
  else {
    try {
      await time(peer(python, 'onnx_export.py', [weights, at('theirs'), side]));
    } catch (error) {
      rows.push(missing(name, target, `PyTorch's exporter: ${(error as Error).message.split('\n')[0]}`));
    }
    if (existsSync(at('theirs'))) {
      const result = await pair(run('ours'), run('theirs'), repeats);
      const [ours, theirs] = [result.last.scores, result.lastOfPeer.scores] as [number[], number[]];
      const largest = Math.max(...theirs.map(Math.abs));
      const difference = Math.max(...ours.map((score, i) => Math.abs(score - theirs[i]!))) / largest;
      rows.push(
        ratioRow(
          `${name}, against PyTorch's export`,
          result,
          1.05,
          `; scores within ${difference.toExponential(0)}`,
        ),
      );
    }
  }
  const { ratio, ours, theirs, ratios } = await pair(run('int8'), run('ours'), repeats);
  const [whole, rounded] = [await meanIou(at('ours'), side, scenes), await meanIou(at('int8'), side, scenes)];
  const change = 100 * (rounded - whole);
  const note =
    `; mean IoU ${(100 * whole).toFixed(2)} % in fp32, ${(100 * rounded).toFixed(2)} % in int8 ` +
    `(${change >= 0 ? '+' : '−'}${Math.abs(change).toFixed(2)} points)`;
  const row = ratioRow(
    `int8 against fp32 in ONNX Runtime, ${size}`,
    { ratio, ours, theirs, ratios },
    1,
    note,
  );
  return [...rows, { ...row, target: 'stated', met: true }];
};
