import { formatByteSize } from '../inference/index.ts';
import type { ExportReport, ModelFileReport } from '../workflows/index.ts';

const exact = (value: number) => value.toExponential(1);
const percent = (part: number, digits = 2) => `${(100 * part).toFixed(digits)} %`;

function checkerText({ checker }: ExportReport): string {
  if (checker.kind === 'absent') return "ONNX's checker: not run (no Python with onnx)";
  return `ONNX's checker: ${checker.kind} (${checker.text})`;
}

function comparisonText({ comparison }: ExportReport): string[] {
  if (comparison === null) return [];
  const { patches, difference, relative, agreement, meanIou } = comparison;
  const scores =
    difference === null ? [] : [`scores within ${exact(difference)} (${exact(relative!)} of the largest)`];
  const lines = [
    `on ${patches} images: ${[...scores, `${percent(agreement, 3)} of the pixels get the same class`].join(', ')}`,
  ];
  if (meanIou !== null) {
    const change = meanIou.file - meanIou.network;
    lines.push(
      `mean IoU ${meanIou.network.toFixed(2)} % in libtorch, ${meanIou.file.toFixed(2)} % in ONNX Runtime ` +
        `(${change >= 0 ? '+' : '−'}${Math.abs(change).toFixed(3)} points)`,
    );
  }
  return lines;
}

/** What `arpent export` says when it is done. */
export function exportText(report: ExportReport, precision: string): string {
  const { file, item, weights, bytes, nodes, parameters, selfTest, floatHead } = report;
  return [
    `written ${file}: ${nodes} nodes, ${parameters.toLocaleString('en')} parameters, ${precision}, ${formatByteSize(bytes)}`,
    ...(weights === null ? [] : [`written ${weights} (weights; keep it beside the model)`]),
    `written ${item} (STAC, Machine Learning Model 1.5)`,
    ...(floatHead === 0
      ? []
      : [
          `the first ${percent(floatHead, 0)} of the nodes stay in float32: all in half precision would differ too much`,
        ]),
    `test picture: within ${exact(selfTest.difference)} of libtorch (${exact(selfTest.tolerance)} allowed)`,
    ...comparisonText(report),
    checkerText(report),
  ].join('\n');
}

/** What `arpent verify` says of a model file. */
export function verifyText(file: string, report: ModelFileReport): string {
  const { card, keys, ours, selfTest, runtime } = report;
  const { description, answer, model } = card;
  const shape = (sides: readonly (number | string)[]) => `[${sides.join(', ')}]`;
  return [
    `${file}: ${ours ? 'written by arpent' : 'not of arpent'}, runs in ${runtime}`,
    `takes ${shape(model.inputs[0]!.shape)} ${model.inputs[0]!.type}${card.normalizes ? ', pixels from 0 to 1' : ''}`,
    `gives ${answer} ${shape(model.outputs[0]!.shape)}`,
    `classes: ${description.classes.map(({ name }) => name).join(', ')}`,
    `channels: ${description.channels.join(', ')}; normalisation: ${card.normalizes ? 'inside' : description.normalization.kind}`,
    `metadata: ${keys.length === 0 ? 'none' : keys.join(', ')}`,
    selfTest === null
      ? 'test picture: the file has none'
      : `test picture: within ${exact(selfTest.difference)} of libtorch (${exact(selfTest.tolerance)} allowed): ${selfTest.passed ? 'passed' : 'FAILED'}`,
  ].join('\n');
}
