import { noGrad, onOperator, randn, scope, Tensor } from '../engine/index.ts';

/** A tensor of a recorded pass, by number. */
export interface ValueRef {
  readonly value: number;
}

/** What an operator was called with: tensors by number, everything else as it was. */
export type RecordedArgument =
  | ValueRef
  | null
  | undefined
  | number
  | boolean
  | string
  | readonly RecordedArgument[];

/** One call of an operator. */
export interface RecordedCall {
  readonly name: string;
  readonly args: readonly RecordedArgument[];
  /** Numbers of the results. */
  readonly results: readonly number[];
}

/** What is known of a tensor of a recorded pass. */
export interface RecordedValue {
  readonly shape: readonly number[];
  readonly dtype: Tensor['dtype'];
  /** Whether it follows from the images. */
  readonly varies: boolean;
  /** The tensor, for parameters that outlive the pass. */
  readonly parameter?: Tensor;
  readonly name?: string;
  /** The bytes, for other constants. */
  readonly data?: Uint8Array;
}

/** One forward pass, written down. The images are value 0. */
export interface Recording {
  readonly calls: readonly RecordedCall[];
  readonly values: readonly RecordedValue[];
  readonly output: number;
}

/** Operators whose answer is no tensor of the graph. */
const silent = new Set(['aten::is_inference']);

/**
 * Records what `forward` does with random images.
 * @param names the parameters and buffers that keep their names in the file
 */
export function recordForward(
  forward: (images: Tensor) => Tensor,
  shape: readonly number[],
  names: ReadonlyMap<Tensor, string>,
): Recording {
  return noGrad(() =>
    scope(() => {
      const images = randn(shape);
      const recorder = new Recorder(images, names);
      const stop = onOperator((name, overload, args, result) => {
        if (!silent.has(name)) recorder.hear(overload === '' ? name : `${name}.${overload}`, args, result);
      });
      try {
        const output = forward(images);
        return { calls: recorder.calls, values: recorder.values, output: recorder.numberOf(output) };
      } finally {
        stop();
      }
    }),
  );
}

class Recorder {
  readonly calls: RecordedCall[] = [];
  readonly values: RecordedValue[] = [];
  // By object, not by handle: handles are used again once a tensor is freed.
  private readonly numbers = new Map<Tensor, number>();
  private readonly names: ReadonlyMap<Tensor, string>;

  constructor(images: Tensor, names: ReadonlyMap<Tensor, string>) {
    this.names = names;
    this.add(images, { varies: true });
  }

  hear(name: string, args: readonly unknown[], result: unknown): void {
    const recorded = args.map((value) => this.argument(value));
    const varies = anyValue(recorded, (number) => this.values[number]!.varies);
    const results = (Array.isArray(result) ? result : [result]).filter((one) => one instanceof Tensor);
    // An operator in place answers with its own argument: the object stands for the new value from here on.
    const numbers = results.map((one) =>
      this.add(one, varies ? { varies } : { varies, data: one.toBytes() }),
    );
    this.calls.push({ name, args: recorded, results: numbers });
  }

  numberOf(tensor: Tensor): number {
    const known = this.numbers.get(tensor);
    if (known !== undefined) return known;
    const name = this.names.get(tensor);
    return name === undefined
      ? this.add(tensor, { varies: false, data: tensor.toBytes() })
      : this.add(tensor, { varies: false, parameter: tensor, name });
  }

  private argument(value: unknown): RecordedArgument {
    if (value instanceof Tensor) return { value: this.numberOf(value) };
    if (Array.isArray(value)) return value.map((one) => this.argument(one));
    return value as RecordedArgument;
  }

  private add(tensor: Tensor, facts: Omit<RecordedValue, 'shape' | 'dtype'>): number {
    this.numbers.set(tensor, this.values.length);
    return this.values.push({ shape: tensor.shape, dtype: tensor.dtype, ...facts }) - 1;
  }
}

/** Whether an argument is a tensor. */
export function isValue(argument: unknown): argument is ValueRef {
  return typeof argument === 'object' && argument !== null && 'value' in argument;
}

function anyValue(args: readonly RecordedArgument[], test: (number: number) => boolean): boolean {
  return args.some((one) =>
    isValue(one) ? test(one.value) : Array.isArray(one) ? anyValue(one as RecordedArgument[], test) : false,
  );
}
