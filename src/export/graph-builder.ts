import { createHash } from 'node:crypto';
import type { DType } from '../engine/index.ts';
import { UnsupportedOperatorError } from './errors.ts';
import { type Attribute, ELEMENT_TYPES, type ElementType, type Graph, type GraphNode } from './onnx/graph.ts';
import { isOpen, type OpenSize } from './open-size.ts';

/** A size that is known, or that follows the images. */
export type Size = number | OpenSize;

/** A width of numbers in ONNX, for a type of tensors. @throws UnsupportedOperatorError for types that networks do not use */
export function elementType(dtype: DType): ElementType {
  if (dtype in ELEMENT_TYPES) return dtype as ElementType;
  throw new UnsupportedOperatorError(dtype, 'is a type of tensors that exports do not use');
}

/** Adds nodes and constants to a graph; equal constants are stored once. */
export class GraphBuilder {
  readonly graph: Graph;
  /** Name of the images. */
  readonly images: string;
  private readonly constants = new Map<string, string>();
  private readonly sizes = new Map<string, string>();
  private count = 0;

  constructor(name: string, images: string) {
    this.graph = { name, inputs: [], outputs: [], nodes: [], initializers: new Map() };
    this.images = images;
  }

  /** A name that nothing has yet. */
  fresh(hint: string): string {
    return `${hint}_${this.count++}`;
  }

  /** Adds a node with one result and returns its name. */
  emit(op: string, inputs: readonly string[], attributes: GraphNode['attributes'] = {}): string {
    return this.emitMany(op, inputs, 1, attributes)[0]!;
  }

  /** Adds a node with several results. */
  emitMany(
    op: string,
    inputs: readonly string[],
    results: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string[] {
    const outputs = Array.from({ length: results }, () => this.fresh(op.toLowerCase()));
    this.graph.nodes.push({ op, inputs: [...inputs], outputs, attributes });
    return outputs;
  }

  /** A constant under a wanted name, or under the name of an equal one that is there already. */
  constant(type: ElementType, shape: readonly number[], data: Uint8Array, wanted?: string): string {
    const digest = createHash('sha1').update(`${type} ${shape.join()} `).update(data).digest('base64');
    const known = this.constants.get(digest);
    if (known !== undefined) return known;
    const { initializers } = this.graph;
    const name =
      wanted !== undefined && !initializers.has(wanted) ? wanted : this.fresh(wanted ?? 'constant');
    initializers.set(name, { type, shape, data });
    this.constants.set(digest, name);
    return name;
  }

  /** A list of whole numbers. */
  integers(values: readonly number[]): string {
    return this.constant(
      'int64',
      [values.length],
      bytesOf(BigInt64Array.from(values, (value) => BigInt(value))),
    );
  }

  /** A single float32. */
  scalar(value: number): string {
    return this.constant('float32', [], bytesOf(Float32Array.of(value)));
  }

  /** Float32 numbers. */
  floats(values: ArrayLike<number>, shape: readonly number[] = [values.length], wanted?: string): string {
    return this.constant('float32', shape, bytesOf(Float32Array.from(values)), wanted);
  }

  /** Sizes as an int64 vector: a constant where all are known, else computed from the images' shape. */
  shape(sizes: readonly Size[]): string {
    if (sizes.every((size) => typeof size === 'number')) return this.integers(sizes);
    const parts = sizes.map((size) => (isOpen(size) ? this.size(size) : this.integers([size])));
    return parts.length === 1 ? parts[0]! : this.emit('Concat', parts, { axis: { int: 0 } });
  }

  /**
   * Sizes for Reshape: where one alone is open it is left to ONNX (−1), so the graph needs no arithmetic.
   */
  reshapeTarget(sizes: readonly Size[]): string {
    const open = sizes.filter(isOpen).length;
    return open === 1 ? this.integers(sizes.map((size) => (isOpen(size) ? -1 : size))) : this.shape(sizes);
  }

  /** The images' shape with other channels, as an int64 vector. */
  imageShape(images: string, channels: number): string {
    const shape = this.sizes.get('shape') ?? this.emit('Shape', [images]);
    this.sizes.set('shape', shape);
    const side = (axis: number) => this.emit('Gather', [shape, this.integers([axis])], { axis: { int: 0 } });
    return this.emit('Concat', [side(0), this.integers([channels]), side(2), side(3)], { axis: { int: 0 } });
  }

  /** One open size as an int64 vector of length one. */
  private size({ factor, powers }: OpenSize): string {
    const key = `${factor} ${powers.join()}`;
    const known = this.sizes.get(key);
    if (known !== undefined) return known;
    const [numerator, denominator] = fraction(factor);
    const axes = [0, 2, 3];
    const terms = powers.flatMap((power, i) => Array.from({ length: power }, () => this.side(axes[i]!)));
    let result = terms.reduce((product, term) => this.emit('Mul', [product, term]));
    if (numerator !== 1) result = this.emit('Mul', [result, this.integers([numerator])]);
    if (denominator !== 1) result = this.emit('Div', [result, this.integers([denominator])]);
    this.sizes.set(key, result);
    return result;
  }

  private side(axis: number): string {
    const key = `axis ${axis}`;
    const known = this.sizes.get(key);
    if (known !== undefined) return known;
    const shape = this.sizes.get('shape') ?? this.emit('Shape', [this.images]);
    this.sizes.set('shape', shape);
    const side = this.emit('Gather', [shape, this.integers([axis])], { axis: { int: 0 } });
    this.sizes.set(key, side);
    return side;
  }
}

/** The bytes of an array, without a copy. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** A rational number with a small denominator. */
function fraction(value: number): [number, number] {
  for (let denominator = 1; denominator <= 1 << 20; denominator++) {
    const numerator = value * denominator;
    if (Math.abs(numerator - Math.round(numerator)) < 1e-9 * denominator)
      return [Math.round(numerator), denominator];
  }
  throw new UnsupportedOperatorError(`a size of ${value} times the image's`, 'is no simple fraction');
}
