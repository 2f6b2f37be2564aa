import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { manualSeed } from '../../src/engine/index.ts';
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
import { createModel } from '../../src/models/index.ts';
import { readSafetensors, writeSafetensors } from '../../src/weights/index.ts';
import { folder } from '../data.ts';
import { median, time } from '../pair.ts';
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

/** A Python whose torch can export and whose transformers has the SegFormer: the one named, or that of the bridge's torch. */
function exporterPython(module: string): string | null {
  for (const python of [process.env.ARPENT_REFERENCE_PYTHON, torchPython()]) {
    if (!python) continue;
    try {
      execFileSync(python, ['-c', `import torch, onnx, ${module}`], { stdio: 'ignore' });
      return python;
    } catch {
      // The next one may have it.
    }
  }
  return null;
}

interface Subject {
  /** As the peer's script calls it. */
  readonly name: 'unet' | 'nvidia/mit-b0';
  readonly title: string;
  /** What the peer's Python must have besides torch and onnx. */
  readonly needs: string;
  readonly weights: string;
  readonly ours: string;
}

interface FileRuns {
  readonly seconds: readonly number[];
  readonly scores: readonly number[];
}

/** Two files run by run in turns within one process, each first in every second process; compared by their medians. */
async function inTurns(ours: string, theirs: string, side: number, runs: number, repeats: number) {
  const rounds: { mine: FileRuns; other: FileRuns }[] = [];
  for (let round = 0; round < repeats; round++) {
    const order = round % 2 === 0 ? [ours, theirs] : [theirs, ours];
    const { files } = await time(subject('onnx.ts', [side, runs, ...order]));
    const [first, second] = files as [FileRuns, FileRuns];
    rounds.push(round % 2 === 0 ? { mine: first, other: second } : { mine: second, other: first });
  }
  const [mine, other] = [rounds.map((round) => round.mine), rounds.map((round) => round.other)];
  const seconds = (files: readonly FileRuns[]) => files.map((file) => median(file.seconds));
  const ratios = seconds(mine).map((value, i) => value / seconds(other)[i]!);
  const scores = [mine[0]!.scores, other[0]!.scores] as const;
  return {
    ratio: median(ratios),
    ours: median(seconds(mine)),
    theirs: median(seconds(other)),
    ratios,
    scores,
  };
}

/** Our file against PyTorch's of the same weights. */
async function exportRow(
  { name, title, needs, weights, ours }: Subject,
  side: number,
  runs: number,
  repeats: number,
) {
  const label = `ONNX Runtime on our export, ${title}, fp32, against PyTorch's export`;
  const python = exporterPython(needs);
  if (python === null)
    return missing(
      label,
      target,
      `no Python with torch, onnx and ${needs}: name one as ARPENT_REFERENCE_PYTHON`,
    );
  const theirs = ours.replace('ours', 'theirs');
  await time(peer(python, 'onnx_export.py', [name, weights, theirs, side]));
  const result = await inTurns(ours, theirs, side, runs, repeats);
  const [found, expected] = result.scores;
  const largest = Math.max(...expected.map(Math.abs));
  const difference = Math.max(...found.map((score, i) => Math.abs(score - expected[i]!))) / largest;
  return ratioRow(label, result, 1.05, `; scores within ${difference.toExponential(0)}`);
}

/** Our export in ONNX Runtime against PyTorch's own export of the same networks, and eight bits against float32. */
export const onnxRows: Bench = async ({ quick, repeats }) => {
  const [side, runs, scenes] = quick ? [128, 3, 4] : [512, 8, 16];
  const shape = `1×${BANDS}×${side}²`;
  mkdirSync(folder, { recursive: true });
  const at = (name: string) => join(folder, `${name}-${side}.onnx`);
  const weights = await trainedWeights();
  const network = benchNetwork();
  network.loadStateDict(readSafetensors(weights).stateDict);
  const graph = exportGraph(network, { height: side, width: side });
  writeFileSync(at('ours'), bytesOf(graph));
  writeFileSync(at('int8'), bytesOf(await inEightBits(graph, side, scenes)));
  network.dispose();

  manualSeed(4);
  const segformer = createModel({ name: 'nvidia/mit-b0', inChannels: BANDS, classes: CLASSES });
  const segformerWeights = join(folder, 'segformer.safetensors');
  writeSafetensors(segformerWeights, segformer.stateDict(), {}, { overwrite: true });
  const small = exportGraph(segformer, { height: side, width: side });
  writeFileSync(at('segformer-ours'), bytesOf(small));
  segformer.dispose();

  const unet: Subject = {
    ...{ name: 'unet', title: `U-Net/ResNet34, ${shape}`, needs: 'numpy' },
    ...{ weights, ours: at('ours') },
  };
  const mit: Subject = {
    ...{ name: 'nvidia/mit-b0', title: `SegFormer-B0, ${shape}`, needs: 'transformers' },
    ...{ weights: segformerWeights, ours: at('segformer-ours') },
  };
  const rows: Row[] = [];
  for (const one of [unet, mit]) rows.push(await exportRow(one, side, runs, repeats));
  const result = await inTurns(at('int8'), at('ours'), side, runs, repeats);
  const [whole, rounded] = [await meanIou(at('ours'), side, scenes), await meanIou(at('int8'), side, scenes)];
  const change = rounded - whole;
  const note =
    `; mean IoU ${whole.toFixed(2)} % in fp32, ${rounded.toFixed(2)} % in int8 ` +
    `(${change >= 0 ? '+' : '−'}${Math.abs(change).toFixed(2)} points)`;
  const row = ratioRow(`int8 against fp32 in ONNX Runtime, ${unet.title}`, result, 1, note);
  return [...rows, { ...row, target: 'stated', met: true }];
};
