import { isTensorDType } from './dtypes.ts';
import { UnsupportedContentError, WeightsError } from './errors.ts';
import { isModule, moduleWeights } from './module-weights.ts';
import { ForbiddenPickleGlobalError } from './pickle/global-policy.ts';
import { PyDict, PyGlobal, PyInternal, PyObject, type PyValue } from './pickle/values.ts';
import type { RawArray, RawTensor, StateDict } from './raw-tensor.ts';

/** The checkpoint is healthy, but holds no dict of weights where one is looked for. */
export class NoStateDictError extends WeightsError {}

/** Where trainers put the weights, in order of preference; averaged (EMA) weights only when nothing else is there. */
const USUAL_KEYS = [
  ...[
    'state_dict',
    'model_state_dict',
    'model_state',
    'model',
    'net',
    'network',
    'module',
    'weights',
    'params',
  ],
  ...['state_dict_ema', 'model_ema', 'ema_state_dict', 'params_ema'],
];
const DEEPEST_SEARCH = 4;

function isArray(value: PyValue): value is RawArray {
  return typeof value === 'object' && value !== null && 'dtype' in value && 'shape' in value;
}

function finished(value: PyValue): PyValue {
  return value instanceof PyInternal ? value.finish() : value;
}

function hasTensors(dict: PyDict): boolean {
  for (const value of dict.values()) {
    const known = finished(value);
    if (isArray(known) || known instanceof PyInternal) return true;
  }
  return false;
}

/** @param visited Dicts that were looked into; the same one may sit in many places. */
function searchUsualKeys(file: string, dict: PyDict, visited: Set<PyDict>, depth = 0): PyDict | undefined {
  if (depth > DEEPEST_SEARCH || visited.has(dict)) return undefined;
  visited.add(dict);
  for (const key of USUAL_KEYS) {
    const member = dict.get(key);
    if (isModule(member)) return moduleWeights(file, member);
    const found = member instanceof PyDict ? searchUsualKeys(file, member, visited, depth + 1) : undefined;
    if (found !== undefined) return found;
  }
  return hasTensors(dict) ? dict : undefined;
}

function keysOf(dict: PyDict): string {
  const names = [...dict.keys()].slice(0, 20).map((key) => (typeof key === 'string' ? key : '(not a text)'));
  return names.length === 0 ? 'it is empty' : `it has ${names.join(', ')}${dict.size > 20 ? ', …' : ''}`;
}

/** Follows a dotted key; at each step the longest member name wins, since names may hold dots themselves. */
function follow(file: string, root: PyDict, key: string): PyDict {
  let dict = root;
  let rest = key;
  while (rest !== '') {
    const parts = rest.split('.');
    const length =
      parts.findLastIndex((_, i) => dict.get(parts.slice(0, i + 1).join('.')) instanceof PyDict) + 1;
    if (length === 0) {
      throw new NoStateDictError(`there is no dict under the key ${key}`, {
        file,
        key,
        remedy: `choose a key that the checkpoint has: ${keysOf(dict)}`,
      });
    }
    dict = dict.get(parts.slice(0, length).join('.')) as PyDict;
    rest = parts.slice(length).join('.');
  }
  return dict;
}

/**
 * Finds the dict of weights in an unpickled checkpoint: bare, where Lightning, OpenMMLab, timm and others put it, or
 * gathered from a whole pickled module.
 * @param key Dotted key to take instead, e.g. `state_dict_ema`.
 * @throws NoStateDictError
 */
export function findStateDict(file: string, root: PyValue, key?: string): PyDict {
  if (isModule(root)) return moduleWeights(file, root);
  if (root instanceof PyObject) {
    throw new NoStateDictError(`the file holds a Python object of ${root.type.path}, not weights`, {
      file,
      remedy: 'in Python, load it and save model.state_dict() instead',
    });
  }
  if (!(root instanceof PyDict)) {
    throw new NoStateDictError('the file holds no dict of weights', {
      file,
      remedy: 'save a state_dict() in Python',
    });
  }
  if (key !== undefined) return follow(file, root, key);
  const found = searchUsualKeys(file, root, new Set());
  if (found !== undefined) return found;
  throw new NoStateDictError(`no dict of weights was found in the checkpoint: ${keysOf(root)}`, {
    file,
    remedy: 'name the key that holds the weights (option key)',
  });
}

/** The tensor of a member of the state dict; undefined for members that are no tensors (counters, versions). */
function asTensor(file: string, name: string, value: PyValue): RawTensor | undefined {
  const known = finished(value);
  if (known instanceof PyObject) throw new ForbiddenPickleGlobalError(file, known.type.path, name);
  if (known instanceof PyGlobal && known.inert) throw new ForbiddenPickleGlobalError(file, known.path, name);
  const description = known instanceof PyInternal ? known.description : undefined;
  const odd = isArray(known) && !isTensorDType(known.dtype) ? `an array of ${known.dtype}` : description;
  if (odd !== undefined) {
    throw new UnsupportedContentError(`${name} is ${odd}, which is not computed with here`, {
      file,
      key: name,
      remedy: 'convert it to a plain float or integer tensor in Python, or drop it from the file',
    });
  }
  return isArray(known) ? (known as RawTensor) : undefined;
}

/** The tensors of the dict that was found, in its order. @throws ForbiddenPickleGlobalError, UnsupportedContentError */
export function stateDictOf(file: string, dict: PyDict): StateDict {
  const stateDict: StateDict = new Map();
  for (const [name, value] of dict) {
    if (typeof name !== 'string') continue;
    const tensor = asTensor(file, name, value);
    if (tensor !== undefined) stateDict.set(name, tensor);
  }
  return stateDict;
}
