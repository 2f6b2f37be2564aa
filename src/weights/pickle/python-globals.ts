import { CorruptFileError } from '../errors.ts';
import type { MemoryBudget } from './budget.ts';
import {
  type KnownCall,
  PyDict,
  PyGlobal,
  PyInternal,
  PyObject,
  PySet,
  PyTuple,
  type PyValue,
} from './values.ts';

/** Copies cost memory that the pickle does not hold, so they are charged by the element. */
const ELEMENT_COST = 48;

/** An `argparse.Namespace` or `types.SimpleNamespace`: read as a dict of its attributes. */
class Namespace extends PyInternal {
  readonly description = 'a namespace';
  #attributes = new PyDict();

  override setState(state: PyValue): boolean {
    if (!(state instanceof PyDict)) return false;
    this.#attributes = state;
    return true;
  }

  override finish(): PyValue {
    return this.#attributes;
  }
}

/** The classes and functions of Python's own library that occur in checkpoints, as data. */
export function pythonGlobals(file: string, budget: MemoryBudget): PyGlobal[] {
  const damaged = (what: string) => new CorruptFileError(file, what);
  const elementsOf = (value: PyValue | undefined): readonly PyValue[] => {
    if (value === undefined) return [];
    const items = value instanceof PyTuple ? value.items : value;
    if (!Array.isArray(items)) throw damaged('a collection is made of what has no elements');
    budget.charge(ELEMENT_COST * items.length);
    return items;
  };
  const makeDict: KnownCall = ([pairs]) => {
    const dict = new PyDict();
    if (pairs instanceof PyDict) {
      budget.charge(2 * ELEMENT_COST * pairs.size);
      for (const [key, value] of pairs) dict.set(key, value);
      return dict;
    }
    for (const pair of elementsOf(pairs)) {
      const [key, value, ...rest] = elementsOf(pair);
      if (key === undefined || value === undefined || rest.length > 0)
        throw damaged('a dict is made of odd pairs');
      dict.set(key, value);
    }
    return dict;
  };
  const makeSet: KnownCall = ([items]) => new PySet(elementsOf(items));
  const makeList: KnownCall = ([items]) => [...elementsOf(items)];
  const encode: KnownCall = ([text, encoding]) => {
    if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1')) {
      throw damaged('_codecs.encode is called with something other than latin-1 text');
    }
    budget.charge(text.length);
    return new Uint8Array(Buffer.from(text, 'latin1'));
  };
  const makeByteArray: KnownCall = ([content, encoding]) => {
    if (content === undefined) return new Uint8Array();
    if (content instanceof Uint8Array) {
      budget.charge(content.byteLength);
      return content.slice();
    }
    return encode([content, encoding ?? 'latin-1']);
  };
  const makePath: KnownCall = (parts) => {
    const texts = parts.filter((part): part is string => typeof part === 'string');
    budget.charge(texts.reduce((bytes, text) => bytes + 2 * text.length, 0));
    return texts.join('/').replace(/^\/\//, '/');
  };
  const reconstruct: KnownCall = ([type, ...args]) => {
    if (!(type instanceof PyGlobal) || !type.inert)
      throw damaged('copyreg._reconstructor makes an odd object');
    return new PyObject(type, args);
  };
  const asTuple: KnownCall = (args) => new PyTuple(args);
  const known: Readonly<Record<string, KnownCall | undefined>> = {
    'builtins.set': makeSet,
    'builtins.frozenset': makeSet,
    'builtins.list': makeList,
    'builtins.tuple': ([items]) => new PyTuple([...elementsOf(items)]),
    'builtins.dict': makeDict,
    'builtins.bytearray': makeByteArray,
    'builtins.bytes': makeByteArray,
    'builtins.complex': asTuple,
    'builtins.slice': asTuple,
    'builtins.range': asTuple,
    'builtins.int': undefined,
    'builtins.float': undefined,
    'builtins.bool': undefined,
    'builtins.str': undefined,
    'collections.OrderedDict': makeDict,
    'collections.Counter': makeDict,
    'collections.defaultdict': ([, ...content]) => makeDict(content),
    'collections.deque': makeList,
    '_codecs.encode': encode,
    'copyreg._reconstructor': reconstruct,
    'argparse.Namespace': () => new Namespace(),
    'types.SimpleNamespace': () => new Namespace(),
  };
  const globals = Object.entries(known).map(
    ([path, call]) => new PyGlobal(path, call === undefined ? {} : { call }),
  );
  for (const name of ['Path', 'PosixPath', 'WindowsPath', 'PurePath', 'PurePosixPath', 'PureWindowsPath']) {
    globals.push(new PyGlobal(`pathlib.${name}`, { call: makePath }));
    globals.push(new PyGlobal(`pathlib._local.${name}`, { call: makePath }));
  }
  return globals;
}
