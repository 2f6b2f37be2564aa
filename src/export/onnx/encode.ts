import { BinaryWriter } from '@bufbuild/protobuf/wire';
import {
  type Attribute,
  ELEMENT_TYPES,
  type Graph,
  type GraphNode,
  type GraphValue,
  OPSET,
} from './graph.ts';

/** Where the bytes of a constant lie in a file beside the model. */
export interface ExternalPlace {
  readonly file: string;
  readonly offset: number;
}

/** What a model file says besides its graph. */
export interface ModelHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly producerVersion: string;
  readonly description?: string;
  readonly external?: ReadonlyMap<string, ExternalPlace>;
}

const [VARINT, FIXED32, BYTES] = [0, 5, 2] as const;

function message(writer: BinaryWriter, field: number, body: (inner: BinaryWriter) => void): void {
  writer.tag(field, BYTES).fork();
  body(writer);
  writer.join();
}

const text = (writer: BinaryWriter, field: number, value: string) => writer.tag(field, BYTES).string(value);
const integer = (writer: BinaryWriter, field: number, value: number) =>
  writer.tag(field, VARINT).int64(Math.trunc(value));

/** AttributeProto's `type` numbers: FLOAT 1, INT 2, STRING 3, FLOATS 6, INTS 7. */
function writeAttribute(writer: BinaryWriter, name: string, value: Attribute): void {
  text(writer, 1, name);
  if ('float' in value) writer.tag(2, FIXED32).float(value.float);
  else if ('int' in value) integer(writer, 3, value.int);
  else if ('text' in value) text(writer, 4, value.text);
  else if ('floats' in value) for (const one of value.floats) writer.tag(7, FIXED32).float(one);
  else for (const one of value.ints) integer(writer, 8, one);
  const kind = 'float' in value ? 1 : 'int' in value ? 2 : 'text' in value ? 3 : 'floats' in value ? 6 : 7;
  integer(writer, 20, kind);
}

function writeNode(writer: BinaryWriter, { op, inputs, outputs, attributes }: GraphNode, name: string): void {
  for (const input of inputs) text(writer, 1, input);
  for (const output of outputs) text(writer, 2, output);
  text(writer, 3, name);
  text(writer, 4, op);
  for (const [key, value] of Object.entries(attributes))
    message(writer, 5, (inner) => writeAttribute(inner, key, value));
}

function writeValue(writer: BinaryWriter, { name, type, shape }: GraphValue): void {
  text(writer, 1, name);
  message(writer, 2, (typeProto) =>
    message(typeProto, 1, (tensor) => {
      integer(tensor, 1, ELEMENT_TYPES[type]);
      message(tensor, 2, (shapeProto) => {
        for (const side of shape)
          message(shapeProto, 1, (dimension) =>
            typeof side === 'number' ? integer(dimension, 1, side) : text(dimension, 2, side),
          );
      });
    }),
  );
}

function writeEntry(writer: BinaryWriter, field: number, key: string, value: string): void {
  message(writer, field, (entry) => {
    text(entry, 1, key);
    text(entry, 2, value);
  });
}

function writeGraph(writer: BinaryWriter, graph: Graph, external?: ReadonlyMap<string, ExternalPlace>): void {
  for (const [index, node] of graph.nodes.entries())
    message(writer, 1, (inner) => writeNode(inner, node, `${node.op}_${index}`));
  text(writer, 2, graph.name);
  for (const [name, { type, shape, data }] of graph.initializers) {
    message(writer, 5, (inner) => {
      for (const side of shape) integer(inner, 1, side);
      integer(inner, 2, ELEMENT_TYPES[type]);
      text(inner, 8, name);
      const place = external?.get(name);
      if (place === undefined) inner.tag(9, BYTES).bytes(data);
      else {
        writeEntry(inner, 13, 'location', place.file);
        writeEntry(inner, 13, 'offset', String(place.offset));
        writeEntry(inner, 13, 'length', String(data.length));
        integer(inner, 14, 1);
      }
    });
  }
  for (const input of graph.inputs) message(writer, 11, (inner) => writeValue(inner, input));
  for (const output of graph.outputs) message(writer, 12, (inner) => writeValue(inner, output));
}

/** A graph as the bytes of an ONNX file (ModelProto, IR version 8). */
export function encodeModel(
  graph: Graph,
  { metadata, producerVersion, description, external }: ModelHeader,
): Uint8Array {
  const writer = new BinaryWriter();
  integer(writer, 1, 8);
  text(writer, 2, 'arpent');
  text(writer, 3, producerVersion);
  if (description !== undefined) text(writer, 6, description);
  message(writer, 7, (inner) => writeGraph(inner, graph, external));
  message(writer, 8, (inner) => {
    text(inner, 1, '');
    integer(inner, 2, OPSET);
  });
  for (const [key, value] of Object.entries(metadata)) writeEntry(writer, 14, key, value);
  return writer.finish();
}
