import { basename } from 'node:path';
import type { ClassConfig } from '../../config/index.ts';
import { distinctPalette } from '../../core/index.ts';
import type { NetworkDescription } from '../load-predictor.ts';
import { OnnxModelError } from './errors.ts';
import { type OnnxModel, type OnnxValue, readOnnxModel } from './read-model.ts';

/** Key of our own block in a file's metadata. */
export const ARPENT_KEY = 'arpent';

/** What a graph answers for each pixel; `sigmoid` is the probability of the second of two classes. */
export type OnnxAnswer = 'logits' | 'probabilities' | 'sigmoid' | 'classes';

/** What we write of a network into its file, under {@link ARPENT_KEY}, as JSON. */
export interface ArpentBlock {
  readonly format: 1;
  readonly description: NetworkDescription;
  readonly output: Exclude<OnnxAnswer, 'sigmoid'>;
  /** The graph normalises images itself: it takes pixels divided by {@link pixelRange}. */
  readonly normalizes: boolean;
  /** What pixels are divided by before a graph that normalises; null: the largest value of their type. */
  readonly pixelRange: number | null;
  /** Sides of images are multiples of this. */
  readonly divisor: number;
}

/** Everything that running a file needs. */
export interface OnnxCard {
  readonly model: OnnxModel;
  readonly description: NetworkDescription;
  readonly answer: OnnxAnswer;
  readonly normalizes: boolean;
  readonly pixelRange: number | null;
  /** `[N, C, H, W]`, or `[N, H, W, C]`. */
  readonly channelsLast: boolean;
  /** Side of the images the graph takes; undefined when open. */
  readonly side: number | undefined;
  /** Number of images the graph takes at once; undefined when open. */
  readonly batch: number | undefined;
  readonly divisor: number;
}

/** Whether a path names an ONNX file. */
export function isOnnxFile(path: string): boolean {
  return /\.onnx$/i.test(path);
}

const remedy = 'a segmentation network takes one image [N, C, H, W] and gives one map of classes';

function json(metadata: Readonly<Record<string, string>>, key: string): unknown {
  const found = metadata[key];
  if (found === undefined) return undefined;
  try {
    return JSON.parse(found);
  } catch {
    return pythonDictionary(found) ?? found;
  }
}

/** `{0: 'road', 1: 'other'}`: files in the field carry names as Python prints them, and Deepness reads that too. */
function pythonDictionary(text: string): Record<string, string> | null {
  const entry = /\s*(?:'|")?(\d+)(?:'|")?\s*:\s*(?:'([^']*)'|"([^"]*)")\s*,?/y;
  const inner = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (inner === undefined) return null;
  const found: Record<string, string> = {};
  while (entry.lastIndex < inner.trimEnd().length) {
    const match = entry.exec(inner);
    if (match === null) return null;
    found[match[1]!] = match[2] ?? match[3]!;
  }
  return found;
}

/** Class names of Deepness's convention: `{"0": "building", …}`, in the order of their numbers. */
function namesOf(metadata: Readonly<Record<string, string>>): string[] | null {
  const listed = json(metadata, 'class_names') ?? json(metadata, 'names');
  const names = Array.isArray(listed) && typeof listed[0] === 'object' ? listed[0] : listed;
  if (typeof names !== 'object' || names === null) return null;
  if (Array.isArray(names)) return names.map(String);
  return Object.entries(names as Record<string, unknown>)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, name]) => String(name));
}

/** Names of two classes where a file of one probability names only the one that is looked for. */
const named = (names: string[] | null) =>
  names?.length === 1 ? ['background', names[0]!] : (names ?? undefined);

function describe(
  file: string,
  { metadata }: OnnxModel,
  channels: number,
  outputs: number,
  answer: OnnxAnswer,
): NetworkDescription {
  const listed = namesOf(metadata);
  const names = answer === 'sigmoid' ? named(listed) : listed;
  const count = { sigmoid: 2, classes: listed?.length ?? 0, probabilities: outputs, logits: outputs }[answer];
  const colors = distinctPalette(count);
  const classes = Array.from({ length: count }, (_, i): ClassConfig => {
    return { name: names?.[i] ?? `class ${i}`, color: colors[i]!, weight: 1 };
  });
  const [mean, std] = [json(metadata, 'standardization_mean'), json(metadata, 'standardization_std')];
  const means = Array.isArray(mean) && Array.isArray(std) ? [mean, std] : null;
  return {
    model: { architecture: { kind: 'huggingface', model: basename(file) }, channels, classes: count },
    channels: Array.from({ length: channels }, (_, i) => i + 1),
    // Deepness divides by 255 before it takes off the mean.
    normalization: means
      ? { kind: 'custom', means: means[0]!.map((x) => x * 255), stds: means[1]!.map((x) => x * 255) }
      : { kind: 'scaling' },
    classes,
  };
}

const fixedOf = (side: number | string | undefined) =>
  typeof side === 'number' && side > 0 ? side : undefined;

/** Operators whose results are scores, not probabilities. */
const SCORING = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Add', 'Sum', 'BatchNormalization']);

/**
 * What a file of somebody else answers: by convention probabilities, unless its last operator says otherwise.
 * @throws OnnxModelError
 */
function answerOf(file: string, { lastOperator, outputs, metadata }: OnnxModel, single: boolean): OnnxAnswer {
  if (/^u?int/.test(outputs[0]!.type)) {
    if (namesOf(metadata) !== null) return 'classes';
    throw new OnnxModelError('it gives numbers of classes and does not say which', {
      ...{ file, key: 'class_names' },
      remedy: 'add {"0": "…", "1": "…"} as class_names to its metadata',
    });
  }
  if (!SCORING.has(lastOperator)) return single ? 'sigmoid' : 'probabilities';
  if (!single) return 'logits';
  throw new OnnxModelError(`it gives one score for each pixel (${lastOperator}), no probability`, {
    file,
    remedy: 'export it with a sigmoid at its end',
  });
}

/** Batch, side and order of the images a graph takes. @throws OnnxModelError */
function framing(file: string, { shape }: OnnxValue) {
  const [batch, second, third, last] = shape;
  const channelsLast = typeof last === 'number' && last > 0 && last <= 16 && !(Number(second) <= 16);
  const [height, width] = channelsLast ? [second, third] : [third, last];
  const [rows, side] = [fixedOf(height), fixedOf(width)];
  if (rows !== side)
    throw new OnnxModelError(`it takes images of ${height} × ${width}`, {
      file,
      remedy: 'export it for squares, or for images of any size',
    });
  return { channelsLast, channels: Number(channelsLast ? last : second), side, batch: fixedOf(batch) };
}

/**
 * What a file is and how to run it: by our own block, or by the conventions of QGIS's Deepness plugin.
 * @throws OnnxModelError when it is no segmentation network
 */
export function readOnnxCard(file: string): OnnxCard {
  const model = readOnnxModel(file);
  const [input, output] = [model.inputs[0], model.outputs[0]];
  if (!input || !output || model.inputs.length !== 1 || input.shape.length !== 4)
    throw new OnnxModelError(`it takes ${model.inputs.length} inputs, the first [${input?.shape}]`, {
      file,
      remedy,
    });
  const { channels, ...frame } = framing(file, input);
  const common = { model, ...frame };
  const block = json(model.metadata, ARPENT_KEY) as ArpentBlock | undefined;
  if (block?.description !== undefined) {
    const { description, output: answer, normalizes, pixelRange = null, divisor } = block;
    return { ...common, description, answer, normalizes, pixelRange, divisor: frame.side ?? divisor };
  }
  const kind = json(model.metadata, 'model_type');
  if (typeof kind === 'string' && kind.toLowerCase() !== 'segmentor')
    throw new OnnxModelError(`it is a ${kind}, by its own word`, { file, remedy });
  const flat = output.shape.length === 3;
  const places = output.shape.length === 4 ? (frame.channelsLast ? output.shape[3] : output.shape[1]) : 1;
  const outputs = Number(places);
  if (!(channels > 0) || !(outputs > 0) || (!flat && output.shape.length !== 4))
    throw new OnnxModelError(`it gives [${output.shape}] of [${input.shape}]`, { file, remedy });
  const answer = answerOf(file, model, outputs === 1);
  const description = describe(file, model, channels, outputs, answer);

  return {
    ...{ ...common, description, answer },
    ...{ normalizes: false, pixelRange: null, divisor: frame.side ?? 32 },
  };
}
