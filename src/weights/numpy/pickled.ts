import { swapByteOrder } from '../byte-order.ts';
import { ELEMENT_BYTES } from '../dtypes.ts';
import { CorruptFileError } from '../errors.ts';
import type { MemoryBudget } from '../pickle/budget.ts';
import { PyGlobal, PyInternal, PyTuple, type PyValue } from '../pickle/values.ts';
import { byteLength, type RawArray, rawArray, typedValues } from '../raw-tensor.ts';
import { columnMajorStrides, gatherStrided } from '../strided.ts';
import { parseNumpyType } from './dtype.ts';

/** A `numpy.dtype` while its pickle is read. */
class PickledDType extends PyInternal {
  #descr: string;

  constructor(descr: string) {
    super();
    this.#descr = descr;
  }

  get descr(): string {
    return this.#descr;
  }

  get description(): string {
    return `numpy.dtype(${this.#descr})`;
  }

  /** State is `(version, byte order, subdtype, names, fields, …)`. */
  override setState(state: PyValue): boolean {
    const [, order, subdtype, names] = state instanceof PyTuple ? state.items : [];
    if (typeof order !== 'string') return false;
    if ((subdtype ?? null) !== null || (names ?? null) !== null) this.#descr = 'structured';
    else if (order === '>') this.#descr = `>${this.#descr}`;
    return true;
  }

  override finish(): PyValue {
    return this.#descr;
  }
}

/** Bytes of a pickled buffer; old Pythons wrote them as texts. */
function bytesOf(value: PyValue | undefined): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  return typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'latin1')) : undefined;
}

function shapeOf(value: PyValue | undefined): readonly number[] | undefined {
  const items = value instanceof PyTuple ? value.items : undefined;
  return items?.every((size): size is number => Number.isSafeInteger(size) && (size as number) >= 0)
    ? items
    : undefined;
}

/** A `numpy.ndarray`: made empty, then given its content by `__setstate__`. */
class PickledArray extends PyInternal {
  readonly #file: string;
  readonly #budget: MemoryBudget;
  #array: RawArray | undefined;
  #description = 'an empty numpy array';

  constructor(file: string, budget: MemoryBudget) {
    super();
    this.#file = file;
    this.#budget = budget;
  }

  get description(): string {
    return this.#description;
  }

  /** State is `(version, shape, dtype, fortran order, bytes)`. */
  override setState(state: PyValue): boolean {
    const [, size, dtype, fortran, content] = state instanceof PyTuple ? state.items : [];
    const shape = shapeOf(size);
    if (shape === undefined || !(dtype instanceof PickledDType)) return false;
    const type = parseNumpyType(dtype.descr);
    if (type === undefined) {
      this.#description = `a numpy array of ${dtype.descr}`;
      return true;
    }
    const bytes = bytesOf(content);
    if (bytes?.byteLength !== byteLength(type.dtype, shape)) {
      throw new CorruptFileError(this.#file, 'a numpy array is not as long as its shape says');
    }
    this.#budget.charge(2 * bytes.byteLength);
    const width = ELEMENT_BYTES[type.dtype];
    const data =
      fortran === true
        ? gatherStrided(bytes.slice(), width, shape, columnMajorStrides(shape))
        : bytes.slice();
    if (type.bigEndian) swapByteOrder(data, width);
    this.#array = rawArray(type.dtype, shape, data);
    return true;
  }

  override finish(): PyValue {
    return this.#array ?? this;
  }
}

/** The globals with which NumPy's arrays, types and scalars are pickled, for NumPy 1 and 2. */
export function numpyGlobals(file: string, budget: MemoryBudget): PyGlobal[] {
  const damaged = (what: string) => new CorruptFileError(file, what);
  const makeDType = ([descr]: readonly PyValue[]): PyValue => {
    const bytes = descr instanceof Uint8Array ? Buffer.from(descr).toString('latin1') : descr;
    if (typeof bytes !== 'string' || bytes.length > 64) throw damaged('a numpy dtype has no name');
    return new PickledDType(bytes);
  };
  const makeScalar = ([dtype, content]: readonly PyValue[]): PyValue => {
    if (!(dtype instanceof PickledDType)) throw damaged('a numpy scalar has no dtype');
    const bytes = bytesOf(content);
    const type = parseNumpyType(dtype.descr);
    if (type === undefined || bytes === undefined) return dtype.descr;
    if (bytes.byteLength !== ELEMENT_BYTES[type.dtype]) throw damaged('a numpy scalar has the wrong size');
    const data = bytes.slice();
    if (type.bigEndian) swapByteOrder(data, data.byteLength);
    const value = typedValues(rawArray(type.dtype, [], data))[0]!;
    if (type.dtype === 'bool') return value !== 0;
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  };
  const fromBuffer = ([content, dtype, shape, order]: readonly PyValue[]): PyValue => {
    const array = new PickledArray(file, budget);
    const state = new PyTuple([1, shape ?? null, dtype ?? null, order === 'F', content ?? null]);
    if (!array.setState(state)) throw damaged('a numpy array is garbled');
    return array;
  };
  const globals = [
    new PyGlobal('numpy.ndarray'),
    new PyGlobal('numpy.dtype', { call: makeDType }),
    ...['float64', 'float32', 'float16', 'int64', 'int32', 'uint8', 'bool_', 'str_'].map(
      (n) => new PyGlobal(`numpy.${n}`),
    ),
  ];
  for (const core of ['numpy.core', 'numpy._core']) {
    globals.push(
      new PyGlobal(`${core}.multiarray._reconstruct`, { call: () => new PickledArray(file, budget) }),
      new PyGlobal(`${core}.multiarray.scalar`, { call: makeScalar }),
      new PyGlobal(`${core}.numeric._frombuffer`, { call: fromBuffer }),
    );
  }
  return globals;
}
