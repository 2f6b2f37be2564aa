import type { OnnxModel } from '../../../src/inference/onnx/index.ts';

/** What Deepness's dock widget fills itself with. */
export interface DeepnessView {
  readonly modelType: string | null;
  readonly tileSize: number;
  readonly batchSize: number | null;
  readonly channels: number;
  readonly outputChannels: number;
  readonly classNames: readonly string[];
  readonly resolution: number | null;
  readonly overlap: number | null;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly threshold: number | null;
  readonly smallSegment: number | null;
}

const TYPES = ['Segmentor', 'Detector', 'Regressor', 'Recognition', 'Superresolution'];

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
}

/**
 * Reads a file by the documented rules of QGIS's Deepness plugin: every value is JSON text, sides are known numbers, classes
 * are numbered without a gap, standardisation has a number for each channel.
 * @throws Error where the plugin would
 */
export function readAsDeepness({ metadata, inputs, outputs }: OnnxModel): DeepnessView {
  const json = (key: string): unknown => (key in metadata ? JSON.parse(metadata[key]!) : undefined);
  const number = (key: string) => (json(key) === undefined ? null : Number(json(key)));
  const whole = (key: string) => {
    const value = number(key);
    if (value !== null && Number.isNaN(value)) throw new Error(`${key} is no number`);
    return value === null ? null : Math.trunc(value);
  };
  if (inputs.length > 1) throw new Error('unsupported number of inputs');
  const shape = inputs[0]!.shape;
  const tileSize = shape.at(-1);
  if (typeof tileSize !== 'number') throw new Error('the tile size must be known');
  if (shape.at(-2) !== tileSize) throw new Error('tiles are squares');
  const channels = shape.at(-3);
  if (typeof channels !== 'number') throw new Error('the number of channels must be known');
  const type = json('model_type');
  const modelType = type === undefined ? null : capitalize(String(type));
  if (modelType !== null && !TYPES.includes(modelType)) throw new Error(`no type ${modelType}`);

  const named = json('class_names') ?? json('names');
  const heads = (Array.isArray(named) ? named : [named ?? {}]) as Record<string, string>[];
  const classNames = Object.entries(heads[0]!)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([key, name], i) => {
      if (Number(key) !== i) throw new Error('class names are not consecutive');
      return name;
    });

  const answer = outputs[0]!.shape;
  const found = answer.length === 4 ? Number(answer.at(-3)) : 1;
  if (!(found > 0)) throw new Error('the number of output channels must be known');
  const outputChannels = found === 1 ? 2 : found;
  const side = answer.at(-1);
  if (typeof side === 'number' && (tileSize - side) % 2 !== 0)
    throw new Error('the output is cut unevenly from the input');

  const [mean, std] = [json('standardization_mean'), json('standardization_std')] as [number[]?, number[]?];
  const both = mean !== undefined && std !== undefined;
  if (both && (mean.length !== channels || std.length !== channels))
    throw new Error('one mean and deviation for each channel');
  return {
    modelType,
    tileSize,
    batchSize: typeof shape[0] === 'number' ? shape[0] : null,
    channels,
    outputChannels,
    classNames,
    resolution: number('resolution'),
    overlap: whole('tiles_overlap'),
    mean: both ? mean : Array<number>(channels).fill(0),
    std: both ? std : Array<number>(channels).fill(1),
    threshold: number('seg_thresh'),
    smallSegment: whole('seg_small_segment'),
  };
}

/** What Deepness feeds a model with: bytes divided by 255, then standardised. */
export function deepnessInput(pixels: Uint8Array, { channels, mean, std }: DeepnessView): Float32Array {
  const area = pixels.length / channels;
  return Float32Array.from(pixels, (value, i) => {
    const channel = Math.floor(i / area);
    return (value / 255 - mean[channel]!) / std[channel]!;
  });
}

/** The classes Deepness makes of an answer `[K, H, W]`: what is below the threshold counts for nothing. */
export function deepnessClasses(answer: Float32Array, classes: number, threshold: number): Uint8Array {
  const area = answer.length / classes;
  const kept = answer.map((value) => (value < threshold ? 0 : value));
  return Uint8Array.from({ length: area }, (_, i) => {
    let best = 0;
    for (let k = 1; k < classes; k++) if (kept[k * area + i]! > kept[best * area + i]!) best = k;
    return best;
  });
}
