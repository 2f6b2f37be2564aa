import type { ClassConfig } from '../../config/index.ts';
import { distinctPalette } from '../../core/index.ts';
import type { NetworkDescription } from '../load-predictor.ts';
import { OnnxModelError } from './errors.ts';
import { type OnnxModel, readOnnxModel } from './read-model.ts';

/** Key of our own block in a file's metadata. */
export const ARPENT_KEY = 'arpent';

/** What a graph answers for each pixel. */
export type OnnxAnswer = 'logits' | 'softmax' | 'sigmoid' | 'argmax';

/** What we write of a network into its file, under {@link ARPENT_KEY}, as JSON. */
export interface ArpentBlock {
  readonly format: 1;
  readonly description: NetworkDescription;
  readonly output: 'logits' | 'softmax' | 'argmax';
  /** The graph normalises images itself: it takes pixels divided by their full scale. */
  readonly normalizes: boolean;
  readonly divisor: number;
}

/** Everything that running a file needs. */
export interface OnnxCard {
  readonly model: OnnxModel;
  readonly description: NetworkDescription;
  readonly answer: OnnxAnswer;
  readonly normalizes: boolean;
  /** `[N, C, H, W]`, or `[N, H, W, C]`. */
  readonly channelsLast: boolean;
  /** Side of the images the graph takes; undefined when open. */
  readonly side: number | undefined;
  readonly divisor: number;
}

const remedy = 'a segmentation network takes one image [N, C, H, W] and gives one map of classes';

function json(metadata: Readonly<Record<string, string>>, key: string): unknown {
  const found = metadata[key];
  if (found === undefined) return undefined;
  try {
    return JSON.parse(found);
  } catch {
    return found;
  }
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

function describe(model: OnnxModel, channels: number, count: number): NetworkDescription {
  const { metadata } = model;
  const names = namesOf(metadata);
  const colors = distinctPalette(count);
  const classes = Array.from({ length: count }, (_, i): ClassConfig => {
    return { name: names?.[i] ?? `class ${i}`, color: colors[i]!, weight: 1 };
  });
  const [mean, std] = [json(metadata, 'standardization_mean'), json(metadata, 'standardization_std')];
  const means = Array.isArray(mean) && Array.isArray(std) ? [mean, std] : null;
  return {
    model: { architecture: { kind: 'huggingface', model: 'onnx' }, channels, classes: count },
    channels: Array.from({ length: channels }, (_, i) => i + 1),
    // Deepness divides by 255 before it takes off the mean.
    normalization: means
      ? { kind: 'custom', means: means[0]!.map((x) => x * 255), stds: means[1]!.map((x) => x * 255) }
      : { kind: 'scaling' },
    classes,
  };
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
  const block = json(model.metadata, ARPENT_KEY) as ArpentBlock | undefined;
  const [, second, third, last] = input.shape;
  const channelsLast = typeof last === 'number' && last > 0 && last <= 16 && !(Number(second) <= 16);
  const channels = Number(channelsLast ? last : second);
  const side = channelsLast ? third : last;
  const fixed = typeof side === 'number' && side > 0 ? { side } : { side: undefined };
  const common = { model, channelsLast, ...fixed };
  if (block !== undefined) {
    const { description, output: answer, normalizes, divisor } = block;
    return { ...common, description, answer, normalizes, divisor: fixed.side ?? divisor };
  }
  const flat = output.shape.length === 3;
  const places = output.shape.length === 4 ? (channelsLast ? output.shape[3] : output.shape[1]) : 1;
  const outputs = Number(places);
  if (!(channels > 0) || !(outputs > 0) || (!flat && output.shape.length !== 4))
    throw new OnnxModelError(`it gives [${output.shape}] of [${input.shape}]`, { file, remedy });
  const description = describe(model, channels, outputs === 1 ? 2 : outputs);
  const answer = outputs === 1 ? 'sigmoid' : 'softmax';
  return { ...common, description, answer, normalizes: false, divisor: fixed.side ?? 32 };
}
