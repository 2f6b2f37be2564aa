/** Element types that exported files use, by ONNX's numbers. */
export const ELEMENT_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
} as const;

export type ElementType = keyof typeof ELEMENT_TYPES;

/** An attribute of a node. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly text: string };

/** One operator call. An empty input name stands for an optional input that is left out. */
export interface GraphNode {
  readonly op: string;
  readonly inputs: string[];
  readonly outputs: string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A constant: little-endian bytes in row-major order. */
export interface Initializer {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** An input or output; open sizes carry a name. */
export interface GraphValue {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

/** A graph in the order it runs. */
export interface Graph {
  readonly name: string;
  inputs: GraphValue[];
  outputs: GraphValue[];
  nodes: GraphNode[];
  readonly initializers: Map<string, Initializer>;
}

/** The operator set that exported files are written for. */
export const OPSET = 17;
