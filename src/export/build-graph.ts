import type { Tensor } from '../engine/index.ts';
import type { SegmentationNetwork } from '../models/index.ts';
import { FixedSizeError, UnsupportedOperatorError } from './errors.ts';
import { elementType, GraphBuilder } from './graph-builder.ts';
import {
  type Argument,
  isOpen,
  PassMismatch,
  type PassSizes,
  sameConstant,
  unify,
  unifyShape,
} from './open-size.ts';
import { type GraphTensor, OperatorCall } from './operators/call.ts';
import { translations } from './operators/index.ts';
import { type Recording, recordForward } from './record.ts';

/** Sizes that a network is watched at. */
export interface TraceOptions {
  readonly height: number;
  readonly width: number;
  /** Height and width stay open; the number of images always does. */
  readonly dynamic: boolean;
}

/**
 * Sizes of the two passes. Where a side stays open the two have ratios of primes that no other side has, so that any
 * number seen in both passes tells which sides it follows.
 */
function passSizes({ height, width, dynamic }: TraceOptions, divisor: number): [PassSizes, PassSizes] {
  if (!dynamic)
    return [
      [2, height, width],
      [3, height, width],
    ];
  // At least 160 pixels: the deepest maps keep more than one cell.
  const unit = Math.max(1, Math.ceil(32 / divisor)) * divisor;
  return [
    [2, 5 * unit, 11 * unit],
    [3, 7 * unit, 13 * unit],
  ];
}

/** What one run of a network looks like in ONNX, before its ends are dressed. */
export interface NetworkGraph {
  readonly builder: GraphBuilder;
  readonly logits: GraphTensor;
}

/**
 * Runs a network twice with images of different sizes and writes down, as an ONNX graph, what both runs have in common.
 * @throws UnsupportedOperatorError; FixedSizeError when the network cannot leave open what is asked
 */
export function buildGraph(network: SegmentationNetwork, options: TraceOptions, input: string): NetworkGraph {
  const names = new Map<Tensor, string>(
    [...network.namedParameters(), ...network.namedBuffers()].map(([name, tensor]) => [tensor, name]),
  );
  const sizes = passSizes(options, network.inputDivisor);
  const [first, second] = sizes.map(([batch, height, width]) => {
    const record = () =>
      recordForward((images) => network.forward(images), [batch, network.inChannels, height, width], names);
    // Networks remember tables between passes: the first pass makes them, the second one uses them.
    record();
    return record();
  }) as [Recording, Recording];
  try {
    return new Assembly(first, second, sizes, network.modelName, input).build();
  } catch (error) {
    if (error instanceof PassMismatch) throw new FixedSizeError(network.modelName, error.message);
    throw error;
  }
}

class Assembly {
  private readonly first: Recording;
  private readonly second: Recording;
  private readonly sizes: readonly [PassSizes, PassSizes];
  private readonly builder: GraphBuilder;
  private readonly known = new Map<number, GraphTensor>();
  /** Results of constants alone that follow the images' size: made in the graph. */
  private readonly open = new Set<number>();

  constructor(
    first: Recording,
    second: Recording,
    sizes: readonly [PassSizes, PassSizes],
    model: string,
    input: string,
  ) {
    this.first = first;
    this.second = second;
    this.sizes = sizes;
    this.builder = new GraphBuilder(model, input);
    this.known.set(0, { name: input, shape: this.shapeOf(0), dtype: 'float32' });
  }

  build(): NetworkGraph {
    const { calls } = this.first;
    if (calls.length !== this.second.calls.length) throw new PassMismatch('the number of operators');
    for (const [i, { name, args, results }] of calls.entries()) {
      const other = this.second.calls[i]!;
      if (other.name !== name) throw new PassMismatch('the order of operators');
      const common = unify(args, other.args, ...this.sizes) as readonly Argument[];
      const constant = results.every((number) => !this.first.values[number]!.varies);
      if (constant && results.every((number) => this.isSame(number))) continue;
      for (const number of results) this.open.add(number);
      this.translate(name, common, results);
    }
    return { builder: this.builder, logits: this.find(this.first.output) };
  }

  private translate(name: string, args: readonly Argument[], results: readonly number[]): void {
    const translation = translations.get(name);
    if (translation === undefined) throw new UnsupportedOperatorError(name);
    const facts = results.map((number) => ({
      name: '',
      shape: this.shapeOf(number),
      dtype: this.first.values[number]!.dtype,
    }));
    const made = translation(
      new OperatorCall(name, args, facts, this.builder, (number) => this.find(number)),
    );
    for (const [i, output] of (Array.isArray(made) ? made : [made]).entries())
      this.known.set(results[i]!, { ...facts[i]!, name: output });
  }

  /** A tensor by number; constants enter the graph when something first needs them. */
  private find(number: number): GraphTensor {
    const known = this.known.get(number);
    if (known !== undefined) return known;
    const { shape, dtype, parameter, data, name } = this.first.values[number]!;
    if (!this.isSame(number)) throw new PassMismatch('a table that the network makes');
    const bytes = () => parameter?.toBytes() ?? data!;
    const type = elementType(dtype);
    // Deferred: weights that are stored in another order never enter as they are.
    const { builder } = this;
    let entered: string | undefined;
    const found: GraphTensor = {
      get name() {
        entered ??= builder.constant(type, shape, bytes(), name);
        return entered;
      },
      shape,
      dtype,
      parameter: name,
      data: bytes,
    };
    this.known.set(number, found);
    return found;
  }

  private isSame(number: number): boolean {
    return !this.open.has(number) && sameConstant(number, this.first, this.second);
  }

  private shapeOf(number: number) {
    return unifyShape(this.first.values[number]!.shape, this.second.values[number]!.shape, ...this.sizes);
  }
}

/** Whether any side of a shape is open. */
export function hasOpenSide(tensor: GraphTensor): boolean {
  return tensor.shape.some(isOpen);
}
