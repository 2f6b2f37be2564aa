import { CorruptFileError, UnsupportedContentError } from '../errors.ts';
import type { MemoryBudget } from './budget.ts';
import type { ByteReader } from './byte-reader.ts';
import { decodeInteger } from './integers.ts';
import { OP } from './opcodes.ts';
import { PickleStack } from './stack.ts';
import { PyDict, PyGlobal, PyInternal, PyObject, PySet, PyTuple, type PyValue } from './values.ts';

/** What an unpickler asks of its surroundings. */
export interface UnpickleContext {
  readonly file: string;
  readonly budget: MemoryBudget;
  /** The global of that name, or an error that names it. */
  findGlobal(module: string, name: string): PyGlobal;
  /** PyTorch refers to storages by tuples that are resolved outside the pickle. */
  loadPersistent(id: PyValue): PyValue;
}

/** Estimated bytes of memory; see {@link MemoryBudget}. */
const COST = { small: 16, slot: 8, list: 64, tuple: 64, map: 240, entry: 48, object: 480, text: 32 };

/** Longest integer, in bytes: PyTorch's magic number has 10. */
const LONGEST_INTEGER = 1024;

const TUPLE_SIZES: Readonly<Record<number, number>> = {
  [OP.EMPTY_TUPLE]: 0,
  [OP.TUPLE1]: 1,
  [OP.TUPLE2]: 2,
  [OP.TUPLE3]: 3,
};

/**
 * A pickle machine that builds data and nothing else. It is a loop over a stack, so nesting costs no call depth; every
 * object it makes is charged to the budget; names of classes and functions are looked up in a table by
 * `context.findGlobal`, never in a running program.
 */
class Unpickler {
  readonly #reader: ByteReader;
  readonly #context: UnpickleContext;
  readonly #stack: PickleStack;

  constructor(reader: ByteReader, context: UnpickleContext) {
    this.#reader = reader;
    this.#context = context;
    this.#stack = new PickleStack(context.budget, (what) => this.#damaged(what));
  }

  run(): PyValue {
    const first = this.#reader.uint8();
    if (first !== OP.PROTO) throw this.#damaged('a pickle does not begin with its protocol number');
    const protocol = this.#reader.uint8();
    if (protocol < 2 || protocol > 5) throw this.#damaged(`pickle protocol ${protocol} does not exist`);
    for (;;) {
      const opcode = this.#reader.uint8();
      if (opcode === OP.STOP) {
        const value = this.#stack.pop();
        if (!this.#stack.isEmpty) throw this.#damaged('values are left over in a pickle');
        return value;
      }
      this.#step(opcode);
    }
  }

  #damaged(what: string): CorruptFileError {
    return new CorruptFileError(this.#context.file, `${what} (near byte ${this.#reader.position})`);
  }

  /** Charges a text of this many bytes before it is read. */
  #textBytes(length: number): number {
    this.#context.budget.charge(COST.text + 2 * length);
    return length;
  }

  #bytes(length: number): void {
    this.#context.budget.charge(COST.list + length);
    this.#stack.push(this.#reader.bytes(length), 0);
  }

  #integer(length: number): void {
    if (length > LONGEST_INTEGER) throw this.#damaged(`an integer of ${length} bytes makes no sense`);
    this.#stack.push(decodeInteger(this.#reader.bytes(length)), COST.small + length);
  }

  #step(opcode: number) {
    const reader = this.#reader;
    const stack = this.#stack;
    switch (opcode) {
      case OP.MARK:
        return stack.mark();
      case OP.POP:
        return stack.discard();
      case OP.POP_MARK:
        stack.popToMark();
        return;
      case OP.DUP:
        return stack.push(stack.top(), 0);
      case OP.NONE:
        return stack.push(null, 0);
      case OP.NEWTRUE:
        return stack.push(true, 0);
      case OP.NEWFALSE:
        return stack.push(false, 0);
      case OP.BININT:
        return stack.push(reader.int32(), COST.small);
      case OP.BININT1:
        return stack.push(reader.uint8(), 0);
      case OP.BININT2:
        return stack.push(reader.uint16(), 0);
      case OP.LONG1:
        return this.#integer(reader.uint8());
      case OP.LONG4:
        return this.#integer(reader.uint32());
      case OP.BINFLOAT:
        return stack.push(reader.float64(), COST.small);
      case OP.SHORT_BINUNICODE:
        return stack.push(reader.utf8(this.#textBytes(reader.uint8())), 0);
      case OP.BINUNICODE:
        return stack.push(reader.utf8(this.#textBytes(reader.uint32())), 0);
      case OP.BINUNICODE8:
        return stack.push(reader.utf8(this.#textBytes(reader.uint64())), 0);
      case OP.SHORT_BINSTRING:
        return stack.push(reader.latin1(this.#textBytes(reader.uint8())), 0);
      case OP.BINSTRING:
        return stack.push(reader.latin1(this.#textBytes(reader.uint32())), 0);
      case OP.SHORT_BINBYTES:
        return this.#bytes(reader.uint8());
      case OP.BINBYTES:
        return this.#bytes(reader.uint32());
      case OP.BINBYTES8:
      case OP.BYTEARRAY8:
        return this.#bytes(reader.uint64());
      case OP.BINPUT:
        return stack.remember(reader.uint8());
      case OP.LONG_BINPUT:
        return stack.remember(reader.uint32());
      case OP.MEMOIZE:
        return stack.remember();
      case OP.BINGET:
        return stack.recall(reader.uint8());
      case OP.LONG_BINGET:
        return stack.recall(reader.uint32());
      case OP.FRAME:
        reader.uint64();
        return;
      default:
        this.#container(opcode);
    }
  }

  #container(opcode: number) {
    switch (opcode) {
      case OP.EMPTY_LIST:
        return this.#stack.push([], COST.list);
      case OP.EMPTY_DICT:
        return this.#stack.push(new PyDict(), COST.map);
      case OP.EMPTY_SET:
        return this.#stack.push(new PySet(), COST.map);
      case OP.EMPTY_TUPLE:
      case OP.TUPLE1:
      case OP.TUPLE2:
      case OP.TUPLE3: {
        const items: PyValue[] = [];
        for (let i = TUPLE_SIZES[opcode]!; i > 0; i--) items.unshift(this.#stack.pop());
        return this.#stack.push(new PyTuple(items), COST.tuple + COST.slot * items.length);
      }
      case OP.TUPLE: {
        const items = this.#stack.popToMark();
        return this.#stack.push(new PyTuple(items), COST.tuple + COST.slot * items.length);
      }
      case OP.APPEND:
        return this.#append([this.#stack.pop()]);
      case OP.APPENDS:
        return this.#append(this.#stack.popToMark());
      case OP.SETITEM: {
        const value = this.#stack.pop();
        return this.#setItems([this.#stack.pop(), value]);
      }
      case OP.SETITEMS:
        return this.#setItems(this.#stack.popToMark());
      case OP.ADDITEMS: {
        const items = this.#stack.popToMark();
        const set = this.#stack.top();
        if (!(set instanceof PySet)) throw this.#damaged('elements are added to what is no set');
        return this.#addAll(set, items);
      }
      case OP.FROZENSET: {
        const items = this.#stack.popToMark();
        this.#stack.push(new PySet(), COST.map);
        return this.#addAll(this.#stack.top() as PySet, items);
      }
      default:
        this.#object(opcode);
    }
  }

  #addAll(set: PySet, items: readonly PyValue[]) {
    this.#context.budget.charge(COST.entry * items.length);
    for (const item of items) set.add(item);
  }

  #append(items: readonly PyValue[]) {
    this.#context.budget.charge(2 * COST.slot * items.length);
    const top = this.#stack.top();
    const list = top instanceof PyObject ? top.items : top;
    if (!Array.isArray(list)) throw this.#damaged('values are appended to what is no list');
    for (const item of items) list.push(item);
  }

  #setItems(pairs: readonly PyValue[]) {
    this.#context.budget.charge(COST.entry * pairs.length);
    const top = this.#stack.top();
    const dict = top instanceof PyObject ? top.members : top;
    if (!(dict instanceof PyDict) || pairs.length % 2 !== 0)
      throw this.#damaged('members are set on what is no dict');
    for (let i = 0; i < pairs.length; i += 2) dict.set(pairs[i]!, pairs[i + 1]!);
  }

  #object(opcode: number) {
    switch (opcode) {
      case OP.GLOBAL: {
        const module = this.#reader.line();
        return this.#stack.push(this.#context.findGlobal(module, this.#reader.line()), COST.object);
      }
      case OP.STACK_GLOBAL: {
        const name = this.#stack.pop();
        const module = this.#stack.pop();
        if (typeof name !== 'string' || typeof module !== 'string')
          throw this.#damaged('a class has no name');
        return this.#stack.push(this.#context.findGlobal(module, name), COST.object);
      }
      case OP.BINPERSID:
        return this.#stack.push(this.#context.loadPersistent(this.#stack.pop()), COST.object);
      case OP.NEWOBJ_EX: {
        const keywords = this.#stack.pop();
        return this.#call(this.#stack.pop(), keywords);
      }
      case OP.REDUCE:
      case OP.NEWOBJ:
        return this.#call(this.#stack.pop(), undefined);
      case OP.BUILD:
        return this.#build(this.#stack.pop());
      default:
        throw new UnsupportedContentError(
          `pickle opcode 0x${opcode.toString(16)} is not one that PyTorch writes`,
          {
            file: this.#context.file,
            remedy: 'check that the file is a checkpoint; if it is, save it again with torch.save',
          },
        );
    }
  }

  #call(args: PyValue, keywords: PyValue | undefined) {
    const callee = this.#stack.pop();
    if (!(args instanceof PyTuple)) throw this.#damaged('a call has no tuple of arguments');
    if (!(callee instanceof PyGlobal)) throw this.#damaged('a pickle calls what is no class or function');
    if (callee.inert) {
      const all = keywords === undefined ? args.items : [...args.items, keywords];
      this.#stack.push(new PyObject(callee, all), COST.object);
      return;
    }
    const emptyKeywords = keywords === undefined || (keywords instanceof PyDict && keywords.size === 0);
    if (callee.call === undefined || !emptyKeywords) {
      throw this.#damaged(`${callee.path} is called, which no checkpoint does`);
    }
    this.#stack.push(callee.call(args.items), COST.object);
  }

  #build(state: PyValue): void {
    const object = this.#stack.top();
    // Attributes on an OrderedDict are PyTorch's `_metadata`: versions of modules, which no weight depends on.
    if (object instanceof PyObject) object.state = state;
    else if (object instanceof PyInternal && !object.setState(state))
      throw this.#damaged('a pickle sets an odd state');
    else if (object instanceof PyGlobal || object === null || typeof object !== 'object') {
      throw this.#damaged('a pickle sets the state of what has none');
    }
  }
}

/**
 * Reads one pickle of protocol 2 to 5 from the reader's position, and stops right after it.
 * @throws CorruptFileError, TruncatedFileError, UnsupportedContentError, WeightsTooLargeError, and whatever
 *   `context.findGlobal` throws.
 */
export function unpickle(reader: ByteReader, context: UnpickleContext): PyValue {
  return new Unpickler(reader, context).run();
}
