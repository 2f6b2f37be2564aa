import type { RawArray } from '../raw-tensor.ts';

/**
 * What a pickle becomes here: data only. Lists are arrays, `bytes` and `bytearray` byte arrays, integers numbers
 * where they are exact and big integers elsewhere.
 */
export type PyValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | RawArray
  | PyValue[]
  | PyTuple
  | PyDict
  | PySet
  | PyGlobal
  | PyObject
  | PyInternal;

/** A Python tuple. Writers turn it into a tuple again. */
export class PyTuple {
  readonly items: readonly PyValue[];

  constructor(items: readonly PyValue[]) {
    this.items = items;
  }
}

/** A `dict`, `OrderedDict`, `defaultdict`, `Counter` or `Namespace`. */
export class PyDict extends Map<PyValue, PyValue> {}

/** A `set` or `frozenset`. */
export class PySet extends Set<PyValue> {}

/** Makes the value that Python's call would make; see the tables of known globals. */
export type KnownCall = (args: readonly PyValue[]) => PyValue;

/** A class or function that a pickle refers to by name. Nothing of that name is ever looked up or run. */
export class PyGlobal {
  /** Dotted: module, then name. */
  readonly path: string;
  /** Present for the few globals whose calls are understood. */
  readonly call: KnownCall | undefined;
  /** Objects of this unknown class are kept as inert data. */
  readonly inert: boolean;

  constructor(path: string, { call, inert = false }: { call?: KnownCall; inert?: boolean } = {}) {
    this.path = path;
    this.call = call;
    this.inert = inert;
  }
}

/** An object of a class that is not known here, kept as the data it was saved with. */
export class PyObject {
  readonly type: PyGlobal;
  readonly args: readonly PyValue[];
  /** What Python would hand to `__setstate__`. */
  state: PyValue = null;
  /** Elements, for subclasses of list. */
  readonly items: PyValue[] = [];
  /** Members, for subclasses of dict. */
  readonly members = new PyDict();

  constructor(type: PyGlobal, args: readonly PyValue[]) {
    this.type = type;
    this.args = args;
  }
}

/** A value that only lives while a pickle is read, or that cannot be used: storages, dtypes, odd tensors. */
export abstract class PyInternal {
  /** What it is, for messages and for the plain data it is turned into. */
  abstract readonly description: string;

  /** Accepts Python's `__setstate__`; returns false where that makes no sense. */
  setState(_state: PyValue): boolean {
    return false;
  }

  /** The value that stands for it once the pickle is read. */
  finish(): PyValue {
    return this;
  }
}
