import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { MaskConfig } from '../../config/index.ts';
import type { Patch } from '../../data/index.ts';
import {
  type CheckerVerdict,
  checkWithPython,
  type ExportedOutput,
  ExportOptionError,
  type ExportOptions,
  exportGraph,
  type FileFacts,
  type Graph,
  type GraphValue,
  moveModel,
  prependScaling,
  quantizeGraph,
  recordSelfTest,
  refuseWrittenModel,
  SELF_TEST_KEY,
  scalingOf,
  toHalf,
  untilNearEnough,
  type WrittenModel,
  writeModel,
} from '../../export/index.ts';
import { buildNetwork, loadWeights, type NetworkDescription } from '../../inference/index.ts';
import type { SegmentationNetwork } from '../../models/index.ts';
import { groundSamplingDistance, readRasterInfo } from '../../raster/index.ts';
import { readCheckpoint } from '../../weights/index.ts';
import { measureRanges } from './calibrate.ts';
import { comparePatches, type PatchComparison } from './compare-patches.ts';
import { ModelFileError } from './errors.ts';
import { type SelfTestResult, verifyModelFile } from './verify-model-file.ts';

/** What to export, and how. */
export interface ExportRequest {
  readonly description: NetworkDescription;
  /** Checkpoint or state dict. */
  readonly weights: string;
  /** The `.onnx` file to write. */
  readonly file: string;
  /** `int8` measures ranges on the patches, with a scale for each output channel. */
  readonly precision: 'fp32' | 'fp16' | 'int8';
  /** How many of the patches int8 is calibrated on. */
  readonly calibration: number;
  readonly batch: number | 'dynamic';
  readonly size: number | 'dynamic';
  readonly output: ExportedOutput;
  /** Normalise inside the graph. */
  readonly normalise: boolean;
  /** Largest pixel value of the images, for normalisations inside the graph. */
  readonly pixelRange: number;
  /** Centimetres for each pixel; null takes it from the first patch that is on the ground. */
  readonly resolution: number | null;
  /** Percent of a tile that the next one sees too. */
  readonly overlap: number;
  readonly threshold: number;
  readonly smallSegment: number;
  /** Real images to compare with libtorch on; none compares by the test picture alone. */
  readonly patches: readonly Patch[];
  /** How their masks stand for classes; null without masks. */
  readonly masks: MaskConfig | null;
  readonly training: Readonly<Record<string, unknown>> | null;
  readonly version: string;
  readonly overwrite: boolean;
  readonly onProgress?: (step: 'export' | 'calibrate' | 'compare', done: number, total: number) => void;
}

/** What was written, and how it compares with the network in libtorch. */
export interface ExportReport extends WrittenModel {
  readonly nodes: number;
  readonly parameters: number;
  /** Part of the nodes, from the images on, that stayed in float32 because half precision differed too much; 0 in float32. */
  readonly floatHead: number;
  readonly selfTest: SelfTestResult;
  readonly comparison: PatchComparison | null;
  readonly checker: CheckerVerdict;
}

/** Side that a network of open sizes is watched and tested at. */
const OPEN_SIDE = 256;

async function resolutionOf({ resolution, patches }: ExportRequest): Promise<number | null> {
  const [first] = patches;
  if (resolution !== null || first === undefined) return resolution;
  const metres = groundSamplingDistance(await readRasterInfo(first.image));
  return metres === null ? null : Number((metres * 100).toPrecision(6));
}

/** The graph in eight bits. Ranges are measured on normalised images. */
async function quantized(
  network: SegmentationNetwork,
  { description, patches, size, calibration, onProgress }: ExportRequest,
  options: ExportOptions,
): Promise<Graph> {
  if (patches.length === 0)
    throw new ExportOptionError('eight bits are calibrated on real images, and there are none', {
      key: '--patches',
      remedy: 'pass --patches with a CSV of images like those to be mapped',
    });
  const batch = 'dynamic';
  const graph = exportGraph(network, { ...options, batch });
  const ranges = await measureRanges(graph, description, {
    patches: evenly(patches, calibration),
    side: size === 'dynamic' ? null : size,
    divisor: network.inputDivisor,
    onProgress: (done, total) => onProgress?.('calibrate', done, total),
  });
  return quantizeGraph({ ...graph, ...endsFor(graph, options.batch ?? batch) }, ranges);
}

/** As many as wanted, from everywhere in a list. */
function evenly<One>(list: readonly One[], wanted: number): One[] {
  const count = Math.min(wanted, list.length);
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]!);
}

/** The ends of a graph for so many images at once. */
function endsFor({ inputs, outputs }: Graph, batch: number | 'dynamic'): Pick<Graph, 'inputs' | 'outputs'> {
  if (batch === 'dynamic') return { inputs, outputs };
  const fixed = (value: GraphValue) => ({ ...value, shape: [batch, ...value.shape.slice(1)] });
  return { inputs: inputs.map(fixed), outputs: outputs.map(fixed) };
}

/**
 * Exports a trained network to ONNX with everything that hosts read, then runs the file in ONNX Runtime and compares it with
 * libtorch: on a test picture, and on real images where there are any.
 * @throws UnsupportedOperatorError, FixedSizeError, ExportOptionError, OutputExistsError; ModelFileError when the file does
 * not answer as the network does
 */
export async function exportNetwork(request: ExportRequest): Promise<ExportReport> {
  const { description, weights, file, precision, batch, size, output, normalise, pixelRange } = request;
  const { channels, normalization } = description;
  if (!request.overwrite) refuseWrittenModel(file);
  // A file takes its name when it has passed its test: one that misses it replaces nothing.
  const aside = `${file}.partial-${process.pid}`;
  const network = buildNetwork(description.model);
  try {
    loadWeights(network, readCheckpoint(weights).stateDict, weights);
    const scaling = normalise ? scalingOf(normalization, channels.length, pixelRange) : null;
    const divisor = network.inputDivisor;
    const side = size === 'dynamic' ? Math.ceil(OPEN_SIDE / divisor) * divisor : size;
    request.onProgress?.('export', 0, 1);
    const options = { height: side, width: side, dynamic: size === 'dynamic', batch, output };
    const computed =
      precision === 'int8' ? await quantized(network, request, options) : exportGraph(network, options);
    request.onProgress?.('export', 1, 1);
    const parameters = [...network.namedParameters()].reduce((sum, [, { numel }]) => sum + numel, 0);
    const facts: FileFacts = {
      name: basename(file).replace(/\.onnx$/i, ''),
      ...{ description, output, precision, batch, divisor, parameters },
      normalizes: normalise,
      // Networks that take parts of full brightness take them of any type.
      pixelRange: normalization.kind === 'scaling' ? null : pixelRange,
      side: size === 'dynamic' ? null : size,
      resolution: await resolutionOf(request),
      ...{ overlap: request.overlap, threshold: request.threshold, smallSegment: request.smallSegment },
      ...{ training: request.training, version: request.version },
    };
    const images = batch === 'dynamic' ? 1 : batch;
    const shape = [images, channels.length, side, side];
    const test = recordSelfTest(network, shape, output, precision, scaling);
    const extra = { [SELF_TEST_KEY]: JSON.stringify(test) };
    const attempt = async (floatHead: number) => {
      const rounded = precision === 'fp16' ? toHalf(computed, floatHead) : computed;
      const graph = scaling ? prependScaling(rounded, scaling) : rounded;
      const tried = writeModel(join(aside, basename(file)), graph, facts, { overwrite: true, extra });
      const selfTest = (await verifyModelFile(tried.file)).selfTest!;
      return { graph, tried, floatHead, selfTest, nearEnough: selfTest.passed };
    };
    const { graph, tried, floatHead, selfTest } = await (precision === 'fp16'
      ? untilNearEnough(attempt)
      : attempt(0));
    if (!selfTest.passed)
      throw new ModelFileError(
        `it differs from ${network.modelName} by ${selfTest.difference}, ${test.tolerance} was to be expected`,
        { file, remedy: 'export it with --precision fp32; if that differs too, report the network' },
      );
    const written = moveModel(tried, file);
    const { patches, masks, onProgress } = request;
    const comparison =
      patches.length === 0
        ? null
        : await comparePatches(network, description, file, {
            ...{ patches, masks },
            onProgress: (done, total) => onProgress?.('compare', done, total),
          });
    return {
      ...written,
      nodes: graph.nodes.length,
      ...{ parameters, floatHead, selfTest, comparison },
      checker: await checkWithPython(file),
    };
  } finally {
    network.dispose();
    rmSync(aside, { recursive: true, force: true });
  }
}
