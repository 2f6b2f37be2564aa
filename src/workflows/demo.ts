import { mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { loadRunConfig, type RunConfig } from '../config/index.ts';
import { maskDecoder, type Patch, readPatch } from '../data/index.ts';
import { type ConfusionMatrix, type PanelRow, panelsFigure, writeFigure } from '../evaluation/index.ts';
import {
  loadPredictor,
  type MapProgress,
  type MapResult,
  mapRaster,
  predictionNames,
} from '../inference/index.ts';
import { mosaicFromGrid, openRaster, pixelBlock, rowMajorPlace, writeMosaic } from '../raster/index.ts';
import { chooseDevice } from './compute.ts';
import { readLists } from './loaders.ts';
import { withOutputs } from './outputs.ts';
import { rasterClasses } from './predict.ts';
import { type RunEvent, type RunResult, runTasks } from './run.ts';
import { classDefinitions } from './score.ts';
import { describeNetwork } from './train.ts';

/** What the demo tells while it works. */
export type DemoEvent =
  | RunEvent
  | { readonly kind: 'config'; readonly config: RunConfig }
  | { readonly kind: 'map'; readonly progress: MapProgress };

/** What the demo found out. */
export interface DemoResult {
  readonly config: RunConfig;
  readonly run: RunResult;
  /** Strict mean IoU on the test scene, in percent; null when the run was interrupted. */
  readonly miou: number | null;
  /** The same for answering the commonest class everywhere. */
  readonly baseline: number | null;
  readonly panels: string;
  readonly map: string;
  /** How the mapping went; null when the run was interrupted. */
  readonly mapped: MapResult | null;
}

/** Mean IoU, in percent, of answering the commonest true class everywhere; absent classes do not count. */
export function majorityBaseline(matrix: ConfusionMatrix): number {
  const truth = matrix.truthTotals();
  const present = Array.from(truth).filter((pixels) => pixels > 0);
  const total = present.reduce((sum, pixels) => sum + pixels, 0);
  return (100 * Math.max(...present)) / total / present.length;
}

/** Image, truth and prediction of a few test patches as one figure. */
async function drawPanels(config: RunConfig, test: readonly Patch[], path: string): Promise<void> {
  const names = predictionNames(test);
  const decodeMask = maskDecoder(config.data.masks, config.classes.length);
  const rows: PanelRow[] = [];
  for (const [i, patch] of test.slice(0, 4).entries()) {
    const sample = await readPatch(patch, { channels: config.data.channels, decodeMask, maskColors: true });
    const { image, channels, height, width, mask } = sample;
    await using prediction = await openRaster(join(config.outputs.predictions, names[i]!));
    const { data } = await prediction.read();
    rows.push({
      image: pixelBlock(image, channels, height, width),
      ...(mask ? { truth: mask } : {}),
      prediction: data as Uint8Array,
      caption: basename(patch.image),
    });
  }
  const figure = panelsFigure(rows, classDefinitions(config.classes), {
    title: 'A scene the network never saw',
    errors: true,
  });
  await writeFigure(path, figure, { overwrite: true });
}

/** The parts of a scene (`image-1.jpg` … in reading order, three a row) as one virtual raster. */
async function sceneMosaic(folder: string, path: string): Promise<void> {
  const files = (await readdir(folder)).filter((name) => name.startsWith('image-')).sort();
  const parts = await Promise.all(
    files.map(async (name) => {
      const info = await openRaster(join(folder, name));
      await info.close();
      return { path: join(folder, name), info, ...rowMajorPlace(Number(/\d+/.exec(name)![0]), 3) };
    }),
  );
  await writeMosaic(path, mosaicFromGrid(parts), { overwrite: true });
}

/**
 * The main job on real imagery: trains on labelled scenes of Dubai, scores a scene never seen, and maps it as a whole.
 *
 * @param folder `examples/dubai` of the project
 * @param output folder of the run; what an earlier demo left there is replaced
 */
export async function runDemo(
  folder: string,
  output: string,
  onEvent: (event: DemoEvent) => void,
  signal?: AbortSignal,
): Promise<DemoResult> {
  const loaded = await loadRunConfig(join(folder, 'arpent.yaml'));
  const config = withOutputs(loaded.config, output, true);
  onEvent({ kind: 'config', config });
  const run = await runTasks(config, onEvent, signal);
  const panels = join(config.outputs.folder, 'test_panels.png');
  const map = join(config.outputs.folder, 'map', 'tile-3.tif');
  if (run.scores === null || !run.training?.best)
    return { config, run, miou: null, baseline: null, panels, map, mapped: null };
  const { test } = await readLists(config);
  await drawPanels(config, test, panels);
  await mkdir(join(config.outputs.folder, 'map'), { recursive: true });
  const mosaic = join(config.outputs.folder, 'map', 'tile-3.vrt');
  await sceneMosaic(join(folder, 'tile-3'), mosaic);
  const predictor = loadPredictor(describeNetwork(config), run.training.best, {
    device: chooseDevice(config.hardware.device),
    precision: config.hardware.precision,
  });
  const mapped = await mapRaster({
    input: mosaic,
    output: map,
    predictor,
    channels: config.data.channels,
    classes: rasterClasses(config.classes),
    tile: 512,
    margin: 96,
    overwrite: true,
    onProgress: (progress) => onEvent({ kind: 'map', progress }),
    signal,
  });
  predictor.dispose();
  return {
    config,
    run,
    miou: run.scores.strict.miou,
    baseline: majorityBaseline(run.scores.evaluation.matrix),
    panels,
    map,
    mapped,
  };
}
