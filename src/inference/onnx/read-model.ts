import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { OnnxModelError } from './errors.ts';

/** An end of a graph: open sides carry a name, or -1. */
export interface OnnxValue {
  readonly name: string;
  /** Element type: `float32`, `float16`, `uint8`, …; empty for one that no network of images uses. */
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** What an ONNX file says of itself, without its weights. */
export interface OnnxModel {
  readonly metadata: Readonly<Record<string, string>>;
  /** Inputs that are no weights. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** The operator that makes the values of the first output; those that only move or resize them are looked through. */
  readonly lastOperator: string;
}

/** Element types by ONNX's numbers. */
const TYPES = ' float32 uint8 int8 uint16 int16 int32 int64 string bool float16 float64'.split(' ');

/** Field numbers of `onnx.proto` that matter here. */
const MODEL = { graph: 7, metadata: 14 };
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12 };
const NODE = { input: 1, output: 2, operator: 4 };

/** Calls `visit` for every field of a message; fields that it does not read are stepped over. */
function fields(bytes: Uint8Array, visit: (field: number, reader: BinaryReader) => boolean): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (!visit(field, reader)) reader.skip(type, field);
  }
}

/** Collects the parts of a message that are messages or texts. */
function parts(bytes: Uint8Array, wanted: readonly number[]): Map<number, Uint8Array[]> {
  const found = new Map<number, Uint8Array[]>(wanted.map((field) => [field, []]));
  fields(bytes, (field, reader) => {
    const list = found.get(field);
    if (list === undefined) return false;
    list.push(reader.bytes());
    return true;
  });
  return found;
}

const decoder = new TextDecoder();
const textOf = (bytes: Uint8Array | undefined) => (bytes === undefined ? '' : decoder.decode(bytes));

function dimension(bytes: Uint8Array): number | string {
  let size: number | string = -1;
  fields(bytes, (field, reader) => {
    if (field === 1) size = Number(reader.int64());
    else if (field === 2) size = reader.string();
    else return false;
    return true;
  });
  return size;
}

function elementType(bytes: Uint8Array): string {
  let type = 0;
  fields(bytes, (field, reader) => {
    if (field !== 1) return false;
    type = Number(reader.int32());
    return true;
  });
  return TYPES[type] ?? '';
}

function readValue(bytes: Uint8Array): OnnxValue {
  const found = parts(bytes, [1, 2]);
  const [type] = found.get(2)!;
  const [tensor] = type === undefined ? [] : parts(type, [1]).get(1)!;
  const [shape] = tensor === undefined ? [] : parts(tensor, [2]).get(2)!;
  const sides = shape === undefined ? [] : parts(shape, [1]).get(1)!;
  const element = tensor === undefined ? '' : elementType(tensor);
  return { name: textOf(found.get(1)![0]), type: element, shape: sides.map(dimension) };
}

/** Operators that keep values, or mix neighbours of one kind. */
const MOVING = new Set(
  'Identity Cast Resize Upsample Transpose Reshape Flatten Squeeze Unsqueeze Slice Pad DequantizeLinear QuantizeLinear'.split(
    ' ',
  ),
);

/** The operator behind an output. */
function lastOperator(nodes: readonly Uint8Array[], output: string | undefined): string {
  let wanted = output;
  // Nodes stand in the order they are computed in.
  for (const bytes of [...nodes].reverse()) {
    const node = parts(bytes, Object.values(NODE));
    if (!node.get(NODE.output)!.some((name) => textOf(name) === wanted)) continue;
    const operator = textOf(node.get(NODE.operator)![0]);
    if (!MOVING.has(operator)) return operator;
    wanted = textOf(node.get(NODE.input)![0]);
  }
  return '';
}

function readWhole(file: string): Uint8Array {
  const handle = openSync(file, 'r');
  try {
    const bytes = new Uint8Array(fstatSync(handle).size);
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(handle, bytes, at, Math.min(bytes.length - at, 1 << 30), at);
      if (read === 0) break;
      at += read;
    }
    return bytes;
  } finally {
    closeSync(handle);
  }
}

/**
 * Reads what an ONNX file says of itself.
 * @throws OnnxModelError when there is no such file, or it is no ONNX file
 */
export function readOnnxModel(file: string): OnnxModel {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new OnnxModelError('there is no such file', { file, remedy: 'check the path' });
  try {
    const model = parts(readWhole(file), [MODEL.graph, MODEL.metadata]);
    const [graphBytes] = model.get(MODEL.graph)!;
    if (graphBytes === undefined) throw new Error('it has no graph');
    const graph = parts(graphBytes, Object.values(GRAPH));
    const weights = new Set(graph.get(GRAPH.initializer)!.map((one) => textOf(parts(one, [8]).get(8)![0])));
    const entries = model.get(MODEL.metadata)!.map((entry) => {
      const pair = parts(entry, [1, 2]);
      return [textOf(pair.get(1)![0]), textOf(pair.get(2)![0])] as const;
    });
    const outputs = graph.get(GRAPH.output)!.map(readValue);
    return {
      metadata: Object.fromEntries(entries),
      inputs: graph
        .get(GRAPH.input)!
        .map(readValue)
        .filter(({ name }) => !weights.has(name)),
      outputs,
      lastOperator: lastOperator(graph.get(GRAPH.node)!, outputs[0]?.name),
    };
  } catch (cause) {
    throw new OnnxModelError('this is no ONNX file that can be read', {
      file,
      remedy: 'pass a file that `arpent export` or another exporter of ONNX wrote',
      cause,
    });
  }
}
