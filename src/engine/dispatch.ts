import { OperatorNotFoundError, TensorDisposedError, TorchError } from './errors.ts';
import { type NativeOperator, native } from './native.ts';

/** An operator of libtorch as a function over tensors, numbers, strings and lists, in the schema's argument order. */
export type OperatorFunction = (...args: unknown[]) => unknown;

/** Hears of every operator that ran: the seat of the ONNX recorder and of the multiplication counter. */
export type OperatorListener = (
  name: string,
  overload: string,
  args: readonly unknown[],
  result: unknown,
  operator: NativeOperator,
) => void;

/** What the door needs to know of a tensor; the class itself stands above it. */
export interface TensorLike {
  readonly id: number;
  readonly disposed: boolean;
}

let wrap: (handle: number) => TensorLike = () => {
  throw new OperatorNotFoundError('the Tensor class is not loaded', {
    remedy: "import from 'arpent/engine'",
  });
};

/** @internal The Tensor class says how results are wrapped. */
export function wrapResultsWith(factory: (handle: number) => TensorLike): void {
  wrap = factory;
}

function isTensor(value: unknown): value is TensorLike {
  return typeof value === 'object' && value !== null && 'disposed' in value;
}

const listeners: OperatorListener[] = [];

/** Calls `listener` after each operator until the returned function is called. */
export function onOperator(listener: OperatorListener): () => void {
  listeners.push(listener);
  return () => {
    const index = listeners.indexOf(listener);
    if (index >= 0) listeners.splice(index, 1);
  };
}

interface BoundOperator {
  readonly name: string;
  readonly overload: string;
  readonly native: NativeOperator;
}

const bound = new Map<string, BoundOperator | undefined>();

function find(name: string, overload: string): BoundOperator | undefined {
  const key = `${name}.${overload}`;
  if (!bound.has(key)) {
    const found = native().operator(name, overload);
    bound.set(key, found && { name, overload, native: found });
  }
  return bound.get(key);
}

/** Whether this version of libtorch has an operator. */
export function hasOperator(name: string, overload = ''): boolean {
  return find(name, overload) !== undefined;
}

function bind(name: string, overload: string): BoundOperator {
  const operator = find(name, overload);
  if (operator) return operator;
  throw new OperatorNotFoundError(
    `libtorch ${native().version()} has no operator ${name}${overload && `.${overload}`}`,
    { remedy: 'check the spelling, or use a newer libtorch (`arpent doctor` tells which one is in use)' },
  );
}

/** A word or two on an argument, for messages: shapes of tensors, values of the rest. */
function describe(value: unknown): string {
  if (isTensor(value)) {
    if (value.disposed) return 'disposed tensor';
    return `${native().dtype(value.id)}[${native().shape(value.id).join(', ')}]`;
  }
  if (Array.isArray(value)) {
    const shown = value.slice(0, 4).map(describe).join(', ');
    return `[${shown}${value.length > 4 ? `, … ${value.length} in all` : ''}]`;
  }
  return value === null || value === undefined ? 'none' : JSON.stringify(value);
}

function fail(operator: BoundOperator, args: readonly unknown[], cause: unknown): never {
  const short = operator.name.replace('aten::', '');
  const shown = args
    .map((value, i) => `${operator.native.names[i] ?? i}: ${describe(value)}`)
    .slice(0, 12)
    .join(', ');
  const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
  throw new TorchError(`${short}(${shown}): ${reason}`, {
    remedy: 'check the shapes and types of the tensors named above',
    cause,
  });
}

/** Handles for tensors, everything else as it is. */
function lower(operator: BoundOperator, args: readonly unknown[]): unknown[] {
  const kinds = operator.native.arguments;
  const lowered = new Array<unknown>(args.length);
  for (let i = 0; i < args.length; i++) {
    const value = args[i];
    const kind = kinds.charCodeAt(i);
    if (kind === 118 /* v */ || value === null || value === undefined) lowered[i] = value;
    else if (kind === 116 /* t */ && isTensor(value)) {
      if (value.disposed) throw new TensorDisposedError(`${operator.name} (${operator.native.names[i]})`);
      lowered[i] = value.id;
    } else if (kind === 108 /* l */ && Array.isArray(value)) {
      lowered[i] = value.map((item: TensorLike | null) => (item === null ? null : item.id));
    } else fail(operator, args, new Error(`argument ${i + 1} must be a tensor`));
  }
  return lowered;
}

/** A tensor for each handle of a result. */
function lift(kind: string | undefined, value: unknown): unknown {
  if (value === undefined || kind === 'v') return value;
  if (kind === 'l') return (value as number[]).map((id) => wrap(id));
  return wrap(value as number);
}

function invoke(operator: BoundOperator, args: readonly unknown[]): unknown {
  const { call, results, alias } = operator.native;
  let raw: unknown;
  const lowered = lower(operator, args);
  try {
    raw = call(...lowered);
  } catch (cause) {
    fail(operator, args, cause);
  }
  let result: unknown;
  if (results.length === 1) {
    // An in-place operator returns its own argument, as the same object.
    const written = alias[0] as number;
    result = written >= 0 ? args[written] : lift(results[0], raw);
  } else if (results.length > 1) {
    result = (raw as unknown[]).map((value, i) =>
      (alias[i] as number) >= 0 ? args[alias[i] as number] : lift(results[i], value),
    );
  }
  for (const listener of listeners) listener(operator.name, operator.overload, args, result, operator.native);
  return result;
}

/**
 * The one door to libtorch: an operator by name, resolved at its first call.
 * @throws OperatorNotFoundError when called on a libtorch that lacks it, TorchError when libtorch refuses the arguments.
 */
export function operator(name: string, overload = ''): OperatorFunction {
  let resolved: BoundOperator | undefined;
  return (...args) => {
    resolved ??= bind(name, overload);
    return invoke(resolved, args);
  };
}

/** Calls any operator by name, for those that have no typed wrapper in `ops`. */
export function callOp(name: string, overload: string, args: readonly unknown[]): unknown {
  return invoke(bind(name, overload), args);
}
