import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
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
}

/** Element types by ONNX's numbers. */
const TYPES = ' float32 uint8 int8 uint16 int16 int32 int64 string bool float16 float64'.split(' ');

/** Field numbers of `onnx.proto` that matter here. */
const MODEL = { graph: 7, metadata: 14 };
const GRAPH = { initializer: 5, input: 11, output: 12 };

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
 * @throws OnnxModelError when it is no ONNX file
 */
export function readOnnxModel(file: string): OnnxModel {
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
    return {
      metadata: Object.fromEntries(entries),
      inputs: graph
        .get(GRAPH.input)!
        .map(readValue)
        .filter(({ name }) => !weights.has(name)),
      outputs: graph.get(GRAPH.output)!.map(readValue),
    };
  } catch (cause) {
    throw new OnnxModelError('this is no ONNX file that can be read', {
      file,
      remedy: 'pass a file that `arpent export` or another exporter of ONNX wrote',
      cause,
    });
  }
}
