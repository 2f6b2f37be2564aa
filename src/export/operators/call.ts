import { UnsupportedOperatorError } from '../errors.ts';
import type { GraphBuilder, Size } from '../graph-builder.ts';
import { type Argument, isOpen } from '../open-size.ts';

/** What a translation knows of a tensor. */
export interface GraphTensor {
  readonly name: string;
  readonly shape: readonly Size[];
  readonly dtype: string;
  /** Its name in the network, for parameters. */
  readonly parameter?: string | undefined;
  /** The elements, for constants of the graph. */
  readonly data?: () => Uint8Array;
}

/** A call of an ATen operator that is being translated. */
export class OperatorCall {
  readonly operator: string;
  readonly builder: GraphBuilder;
  readonly results: readonly GraphTensor[];
  private readonly args: readonly Argument[];
  private readonly find: (value: number) => GraphTensor;

  constructor(
    operator: string,
    args: readonly Argument[],
    results: readonly GraphTensor[],
    builder: GraphBuilder,
    find: (value: number) => GraphTensor,
  ) {
    this.operator = operator;
    this.args = args;
    this.results = results;
    this.builder = builder;
    this.find = find;
  }

  /** Sizes of the first result. */
  get resultShape(): readonly Size[] {
    return this.results[0]!.shape;
  }

  /** The tensor at a place in the arguments. */
  tensor(index: number): GraphTensor {
    return this.optionalTensor(index) ?? this.refuse(`needs a tensor as argument ${index + 1}`);
  }

  optionalTensor(index: number): GraphTensor | undefined {
    const found = this.args[index];
    return typeof found === 'object' && found !== null && 'value' in found
      ? this.find(found.value)
      : undefined;
  }

  /** The list of tensors at a place. */
  tensors(index: number): GraphTensor[] {
    return (this.args[index] as readonly { value: number }[]).map(({ value }) => this.find(value));
  }

  /** The name of the tensor at a place. */
  name(index: number): string {
    return this.tensor(index).name;
  }

  /** A number, known when the network is exported. */
  number(index: number, otherwise?: number): number {
    const found = this.args[index] ?? otherwise;
    if (typeof found === 'number') return found;
    return this.refuse(`needs a fixed number as argument ${index + 1}`);
  }

  /** A number that may follow the images. */
  size(index: number): Size {
    const found = this.args[index];
    return isOpen(found) ? found : this.number(index);
  }

  /** A number that may follow the images, or what stands for one that is left out. */
  sizeOr(index: number, otherwise: number): Size {
    return this.args[index] === null || this.args[index] === undefined ? otherwise : this.size(index);
  }

  /** A list of fixed numbers; a single number stands for `length` of them. */
  numbers(index: number, length = 1, otherwise?: number): number[] {
    const found = this.args[index] ?? otherwise;
    const list = Array.isArray(found)
      ? (found as Argument[])
      : Array<Argument>(length).fill(found as Argument);
    if (list.every((one) => typeof one === 'number')) return list.length < length ? list.concat(list) : list;
    return this.refuse(`needs fixed numbers as argument ${index + 1}`);
  }

  /** A list of sizes that may follow the images; undefined when the argument is left out. */
  sizes(index: number): Size[] | undefined {
    const found = this.args[index];
    return Array.isArray(found) ? (found as Size[]) : undefined;
  }

  /** Whether a flag is set. */
  flag(index: number): boolean {
    return this.args[index] === true;
  }

  text(index: number): string | undefined {
    const found = this.args[index];
    return typeof found === 'string' ? found : undefined;
  }

  /** A tensor argument, or a number as a constant. */
  operand(index: number): string {
    return this.optionalTensor(index)?.name ?? this.builder.scalar(this.number(index));
  }

  /** A dimension counted from the front. */
  axis(index: number, rank = this.tensor(0).shape.length, otherwise?: number): number {
    const axis = this.number(index, otherwise);
    return axis < 0 ? axis + rank : axis;
  }

  refuse(detail: string): never {
    throw new UnsupportedOperatorError(this.operator, detail);
  }
}

/** How a call becomes ONNX nodes: the names of its results. */
export type Translation = (call: OperatorCall) => string | string[];

/** Translations by operator name, with the overload after a dot where there is one. */
export type Translations = Readonly<Record<string, Translation>>;
