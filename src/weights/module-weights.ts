import { CorruptFileError } from './errors.ts';
import { PyDict, PyObject, PySet, type PyValue } from './pickle/values.ts';

const DEEPEST_MODULE = 64;
/** A network has thousands of members; a module that is held many times over would unfold without end. */
const MOST_MEMBERS = 1_000_000;

function attributesOf(value: PyValue | undefined): PyDict | undefined {
  const state = value instanceof PyObject ? value.state : undefined;
  return state instanceof PyDict && state.get('_modules') instanceof PyDict ? state : undefined;
}

/** Whether a value is a pickled `torch.nn.Module`, kept as inert data. */
export function isModule(value: PyValue | undefined): value is PyObject {
  return attributesOf(value) !== undefined;
}

/**
 * The weights of a whole module, as `module.state_dict()` would name them: for files of `torch.save(model)`. The module's
 * class is not needed, since every module keeps its tensors in the same members.
 */
export function moduleWeights(file: string, module: PyObject): PyDict {
  const weights = new PyDict();
  let members = 0;
  const count = (depth: number): void => {
    if (depth > DEEPEST_MODULE || ++members > MOST_MEMBERS) {
      throw new CorruptFileError(file, 'its modules contain each other without end');
    }
  };
  const visit = (value: PyValue, prefix: string, depth: number): void => {
    const attributes = attributesOf(value);
    if (attributes === undefined) return;
    const transient = attributes.get('_non_persistent_buffers_set');
    for (const kind of ['_parameters', '_buffers']) {
      const tensors = attributes.get(kind);
      for (const [name, tensor] of tensors instanceof PyDict ? tensors : []) {
        count(depth);
        const skipped = tensor === null || (transient instanceof PySet && transient.has(name));
        if (typeof name === 'string' && !skipped) weights.set(prefix + name, tensor);
      }
    }
    for (const [name, child] of attributes.get('_modules') as PyDict) {
      count(depth);
      if (typeof name === 'string') visit(child, `${prefix}${name}.`, depth + 1);
    }
  };
  visit(module, '', 0);
  return weights;
}
