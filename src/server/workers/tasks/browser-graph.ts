import { existsSync } from 'node:fs';
import { isOnnxFile, readOnnxCard } from '../../../inference/index.ts';
import { pixelScaling } from '../../../inference/onnx/normalise.ts';
import { liveWindows } from '../../live-layout.ts';
import type { BrowserGraph, TaskArgs } from '../messages.ts';

/** Element types of inputs and outputs that a page can fill and read. */
const INPUTS = ['float32', 'uint8'];
const OUTPUTS = ['float32', 'uint8', 'int64'];

/**
 * How a page runs an ONNX file by itself; null where it cannot: checkpoints, weights beside the file, half precision at
 * the ends.
 */
export async function browserGraph({
  model,
  dataType,
}: TaskArgs<'browser-graph'>): Promise<BrowserGraph | null> {
  if (!isOnnxFile(model.path) || existsSync(`${model.path}.data`)) return null;
  const card = readOnnxCard(model.path);
  const { description, answer, channelsLast, divisor, side } = card;
  const [input, output] = [card.model.inputs[0]!, card.model.outputs[0]!];
  if (!INPUTS.includes(input.type) || !OUTPUTS.includes(output.type)) return null;
  const scaling = pixelScaling(description.normalization, card, model.path);
  const nothing = { pixels: new Uint8Array(0), dataType, width: 0, height: 0 };
  return {
    input: { name: input.name, type: input.type as 'float32' | 'uint8' },
    output: output.name,
    ...{ answer, channelsLast, divisor },
    ...liveWindows(divisor, side ?? null),
    channels: description.channels,
    classes: description.classes.length,
    scaling: description.channels.map((_, i) => (input.type === 'uint8' ? [1, 0] : scaling(nothing, i))),
  };
}
