import { CorruptFileError, WeightsTooLargeError } from '../errors.ts';
import type { RawArray } from '../raw-tensor.ts';
import { PyDict, PyGlobal, PyInternal, PyObject, PySet, PyTuple, type PyValue } from './values.ts';

/**
 * The plain data of a checkpoint. Python's lists and tuples are arrays; dicts whose keys are all texts are objects
 * without a prototype, other dicts are maps; classes are their dotted names.
 */
export type PlainData =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | RawArray
  | OpaqueObject
  | PlainData[]
  | Set<PlainData>
  | Map<PlainData, PlainData>
  | { [key: string]: PlainData };

/** An object of a class that means nothing here, kept as the data it was saved with. */
export class OpaqueObject {
  /** Dotted name, or a description. */
  readonly pythonClass: string;
  readonly args: readonly PlainData[];
  readonly state: PlainData;

  constructor(pythonClass: string, args: readonly PlainData[] = [], state: PlainData = null) {
    this.pythonClass = pythonClass;
    this.args = args;
    this.state = state;
  }
}

const DEEPEST_NESTING = 200;
/** Values once every repeated one is counted each time: what a reader that walks the result has to bear. */
const MOST_VALUES = 20_000_000;

interface Converted {
  readonly value: PlainData;
  readonly weight: number;
}

const CONTAINING = Symbol('being converted');

/** Members to leave out of one dict. */
export interface Omission {
  readonly dict: PyDict;
  readonly keys: ReadonlySet<PyValue>;
}

class PlainConverter {
  readonly #file: string;
  readonly #omission: Omission | undefined;
  readonly #done = new Map<object, Converted | typeof CONTAINING>();
  #depth = 0;
  #insideObject = 0;

  constructor(file: string, omission: Omission | undefined) {
    this.#file = file;
    this.#omission = omission;
  }

  convert(value: PyValue): Converted {
    if (value === null || typeof value !== 'object' || value instanceof Uint8Array)
      return { value, weight: 1 };
    if (value instanceof PyGlobal) return { value: value.path, weight: 1 };
    if (value instanceof PyInternal) {
      const finished = value.finish();
      return finished instanceof PyInternal ? this.#opaque(finished.description) : this.convert(finished);
    }
    const known = this.#done.get(value);
    if (known === CONTAINING) return this.#giveUp('refers back to itself');
    if (known !== undefined) return known;
    if (this.#depth >= DEEPEST_NESTING)
      return this.#giveUp(`is nested more than ${DEEPEST_NESTING} levels deep`);
    this.#done.set(value, CONTAINING);
    this.#depth++;
    const converted = this.#convertContainer(value);
    this.#depth--;
    this.#done.set(value, converted);
    return converted;
  }

  #opaque(description: string): Converted {
    return { value: new OpaqueObject(description), weight: 1 };
  }

  /** Objects of classes often refer back to what holds them, and then only that reference is dropped. */
  #giveUp(what: string): Converted {
    if (this.#insideObject > 0) return this.#opaque(`a value that ${what}`);
    throw new CorruptFileError(this.#file, `its data ${what}`);
  }

  #weigh(weight: number): number {
    if (weight <= MOST_VALUES) return weight;
    throw new WeightsTooLargeError(this.#file, `its data repeats values more than ${MOST_VALUES} times`);
  }

  #list(items: Iterable<PyValue>): { value: PlainData[]; weight: number } {
    const value: PlainData[] = [];
    let weight = 1;
    for (const item of items) {
      const converted = this.convert(item);
      weight = this.#weigh(weight + converted.weight);
      value.push(converted.value);
    }
    return { value, weight };
  }

  #convertContainer(value: PyValue[] | PyTuple | PyDict | PySet | PyObject | RawArray): Converted {
    if (Array.isArray(value)) return this.#list(value);
    if (value instanceof PyTuple) return this.#list(value.items);
    if (value instanceof PyDict) return this.#dict(value);
    if (value instanceof PyObject) return this.#object(value);
    if (!(value instanceof PySet)) return { value, weight: 1 };
    const { value: items, weight } = this.#list(value);
    return { value: new Set(items), weight };
  }

  #dict(dict: PyDict): Converted {
    const pairs: [PlainData, PlainData][] = [];
    let weight = 1;
    for (const [key, member] of dict) {
      if (this.#isOmitted(dict, key, member)) continue;
      const [plainKey, plainMember] = [this.convert(key), this.convert(member)];
      weight = this.#weigh(weight + plainKey.weight + plainMember.weight);
      pairs.push([plainKey.value, plainMember.value]);
    }
    if (!pairs.every((pair): pair is [string, PlainData] => typeof pair[0] === 'string')) {
      return { value: new Map(pairs), weight };
    }
    const object = Object.create(null) as { [key: string]: PlainData };
    for (const [key, member] of pairs) object[key] = member;
    return { value: object, weight };
  }

  #isOmitted(dict: PyDict, key: PyValue, member: PyValue): boolean {
    if (this.#omission === undefined) return false;
    const { dict: stateDict, keys } = this.#omission;
    return dict === stateDict ? keys.has(key) : member === stateDict && keys.size === stateDict.size;
  }

  #object(object: PyObject): Converted {
    this.#insideObject++;
    const args = this.#list(object.args);
    const parts: PyValue[] = [object.state];
    if (object.items.length > 0) parts.push(object.items);
    if (object.members.size > 0) parts.push(object.members);
    const { value: content, weight } = this.#list(parts.filter((part) => part !== null));
    this.#insideObject--;
    const state = content.length > 1 ? content : (content[0] ?? null);
    return {
      value: new OpaqueObject(object.type.path, args.value, state),
      weight: this.#weigh(weight + args.weight),
    };
  }
}

/**
 * Turns unpickled values into plain data; values that occur several times stay shared.
 * @throws CorruptFileError for data that contains itself, WeightsTooLargeError for data that repeats itself without end.
 */
export function toPlainData(file: string, value: PyValue, omission?: Omission): PlainData {
  return new PlainConverter(file, omission).convert(value).value;
}
