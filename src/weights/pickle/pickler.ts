import { InvalidArgumentError } from '../../core/index.ts';
import { TORCH_STORAGE_NAMES } from '../dtypes.ts';
import { elementCount, type RawArray, type RawTensor } from '../raw-tensor.ts';
import { rowMajorStrides } from '../strided.ts';
import { encodeInteger } from './integers.ts';
import { OP } from './opcodes.ts';
import { PyTuple } from './values.ts';

const PROTOCOL = 2;
const DEEPEST_NESTING = 200;

/** Plain values that a checkpoint can hold beside its weights; `PyTuple` makes a tuple, `Map` a dict of any keys. */
export type PicklableData =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | RawTensor
  | PyTuple
  | readonly PicklableData[]
  | ReadonlySet<PicklableData>
  | ReadonlyMap<PicklableData, PicklableData>
  | { readonly [key: string]: PicklableData };

/** An insertion-ordered dict, as PyTorch keeps state dicts. */
export class OrderedMembers {
  readonly members: ReadonlyMap<string, RawTensor>;

  constructor(members: ReadonlyMap<string, RawTensor>) {
    this.members = members;
  }
}

function isTensor(value: object): value is RawTensor {
  return 'dtype' in value && 'shape' in value && 'data' in value;
}

/** Writes plain data and tensors as a pickle of protocol 2, which every PyTorch reads with `weights_only=True`. */
export class Pickler {
  #buffer = Buffer.alloc(1 << 16);
  #length = 0;
  #depth = 0;
  readonly #storageKey: (tensor: RawTensor) => string;

  /** @param storageKey Name of the storage that will hold a tensor's elements. */
  constructor(storageKey: (tensor: RawTensor) => string) {
    this.#storageKey = storageKey;
  }

  /** @throws InvalidArgumentError for values that are no plain data. */
  dump(
    value: PicklableData | OrderedMembers | ReadonlyMap<string, PicklableData | OrderedMembers>,
  ): Uint8Array {
    this.#byte(OP.PROTO, PROTOCOL);
    this.#value(value);
    this.#byte(OP.STOP);
    return this.#buffer.subarray(0, this.#length);
  }

  /** Makes room for `length` more bytes and returns where they begin. */
  #grow(length: number): number {
    if (this.#length + length > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(2 * this.#buffer.length, this.#length + length));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    const start = this.#length;
    this.#length += length;
    return start;
  }

  #byte(...bytes: number[]): void {
    const start = this.#grow(bytes.length);
    for (const [i, byte] of bytes.entries()) this.#buffer[start + i] = byte;
  }

  #bytes(bytes: Uint8Array): void {
    const start = this.#grow(bytes.length);
    this.#buffer.set(bytes, start);
  }

  #uint32(opcode: number, value: number): void {
    this.#byte(opcode);
    const start = this.#grow(4);
    this.#buffer.writeUInt32LE(value, start);
  }

  #value(value: unknown) {
    if (value === null) return this.#byte(OP.NONE);
    if (typeof value === 'boolean') return this.#byte(value ? OP.NEWTRUE : OP.NEWFALSE);
    if (typeof value === 'number') return this.#number(value);
    if (typeof value === 'bigint') return this.#integer(value);
    if (typeof value === 'string') return this.#text(value);
    if (typeof value !== 'object') throw this.#refuse(`a ${typeof value}`);
    if (++this.#depth > DEEPEST_NESTING)
      throw this.#refuse(`data nested more than ${DEEPEST_NESTING} levels deep`);
    this.#object(value);
    this.#depth--;
  }

  #refuse(what: string): InvalidArgumentError {
    return new InvalidArgumentError(`a checkpoint cannot hold ${what}`, {
      remedy:
        'pass null, booleans, numbers, texts, bytes, tensors, and lists, sets, maps and plain objects of these',
    });
  }

  #object(value: object) {
    if (value instanceof Uint8Array) return this.#binary(value);
    if (Array.isArray(value)) return this.#list(value);
    if (value instanceof PyTuple) return this.#tuple(value.items);
    if (value instanceof Map) return this.#dict([OP.EMPTY_DICT], value);
    if (value instanceof OrderedMembers) return this.#orderedDict(value.members);
    if (value instanceof Set) {
      this.#global('__builtin__', 'set');
      this.#list([...value]);
      return this.#byte(OP.TUPLE1, OP.REDUCE);
    }
    if (isTensor(value)) return this.#tensor(value);
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype !== null && prototype !== Object.prototype) {
      throw this.#refuse(
        `a ${(value.constructor as { name?: string } | undefined)?.name ?? 'strange object'}`,
      );
    }
    this.#dict([OP.EMPTY_DICT], Object.entries(value));
  }

  #number(value: number) {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      this.#byte(OP.BINFLOAT);
      const start = this.#grow(8);
      this.#buffer.writeDoubleBE(value, start);
    } else if (value >= 0 && value < 256) this.#byte(OP.BININT1, value);
    else if (value >= 0 && value < 65536) this.#byte(OP.BININT2, value & 255, value >> 8);
    else if (value === (value | 0)) this.#uint32(OP.BININT, value >>> 0);
    else this.#integer(BigInt(value));
  }

  #integer(value: bigint): void {
    const bytes = encodeInteger(value);
    if (bytes.length < 256) this.#byte(OP.LONG1, bytes.length);
    else this.#uint32(OP.LONG4, bytes.length);
    this.#bytes(bytes);
  }

  #text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.#uint32(OP.BINUNICODE, bytes.length);
    this.#bytes(bytes);
  }

  /** Protocol 2 has no bytes: Python writes them as latin-1 text that is encoded on reading. */
  #binary(bytes: Uint8Array): void {
    this.#global('_codecs', 'encode');
    this.#text(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'));
    this.#text('latin1');
    this.#byte(OP.TUPLE2, OP.REDUCE);
  }

  #global(module: string, name: string): void {
    this.#byte(OP.GLOBAL);
    this.#bytes(new TextEncoder().encode(`${module}\n${name}\n`));
  }

  #list(items: readonly unknown[]): void {
    this.#byte(OP.EMPTY_LIST, OP.MARK);
    for (const item of items) this.#value(item);
    this.#byte(OP.APPENDS);
  }

  #tuple(items: readonly unknown[]): void {
    this.#byte(OP.MARK);
    for (const item of items) this.#value(item);
    this.#byte(OP.TUPLE);
  }

  #dict(opening: readonly number[], members: Iterable<readonly [unknown, unknown]>): void {
    this.#byte(...opening, OP.MARK);
    for (const [key, value] of members) {
      this.#value(key);
      this.#value(value);
    }
    this.#byte(OP.SETITEMS);
  }

  #orderedDict(members: Iterable<readonly [unknown, unknown]>): void {
    this.#global('collections', 'OrderedDict');
    this.#dict([OP.EMPTY_TUPLE, OP.REDUCE], members);
  }

  #tensor(tensor: RawArray): void {
    const { dtype, shape } = tensor;
    const storageName = (TORCH_STORAGE_NAMES as Readonly<Record<string, string>>)[dtype];
    if (storageName === undefined) throw this.#refuse(`an array of ${dtype}`);
    this.#global('torch._utils', '_rebuild_tensor_v2');
    this.#byte(OP.MARK, OP.MARK);
    this.#text('storage');
    this.#global('torch', storageName);
    this.#text(this.#storageKey(tensor as RawTensor));
    this.#text('cpu');
    this.#number(elementCount(shape));
    this.#byte(OP.TUPLE, OP.BINPERSID);
    this.#number(0);
    this.#tuple(shape);
    this.#tuple(rowMajorStrides(shape));
    this.#byte(OP.NEWFALSE);
    this.#orderedDict([]);
    this.#byte(OP.TUPLE, OP.REDUCE);
  }
}
