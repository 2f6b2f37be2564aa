import { numpyGlobals } from '../numpy/pickled.ts';
import { DEFAULT_PICKLE_MEMORY, MemoryBudget } from '../pickle/budget.ts';
import type { ByteReader } from '../pickle/byte-reader.ts';
import { GlobalTable, type UnknownGlobals } from '../pickle/global-policy.ts';
import { pythonGlobals } from '../pickle/python-globals.ts';
import { type UnpickleContext, unpickle } from '../pickle/unpickler.ts';
import { PyGlobal, type PyValue } from '../pickle/values.ts';
import { torchGlobals } from './globals.ts';
import { parsePersistentId, type StorageId, type TensorStorage } from './storage.ts';

/** How pickles are read, whatever file they sit in. */
export interface PickleOptions {
  /** See {@link UnknownGlobals}. Default `frameworks`. */
  readonly unknownGlobals?: UnknownGlobals;
  /** Bound on the memory of unpickled objects, tensors excluded, in bytes. Default 256 MB. */
  readonly maxPickleMemory?: number;
}

/**
 * Makes the function that reads the pickles of one file; they share one bound on memory.
 * @param findStorage Resolves references to tensor data.
 */
export function torchUnpickler(
  file: string,
  findStorage: (id: StorageId) => TensorStorage,
  { unknownGlobals = 'frameworks', maxPickleMemory = DEFAULT_PICKLE_MEMORY }: PickleOptions,
): (reader: ByteReader) => PyValue {
  const budget = new MemoryBudget(file, maxPickleMemory);
  const known = [...pythonGlobals(file, budget), ...numpyGlobals(file, budget), ...torchGlobals(file)];
  const globals = new GlobalTable(file, unknownGlobals, known);
  const context: UnpickleContext = {
    file,
    budget,
    findGlobal: (module, name) => globals.find(module, name),
    loadPersistent(value) {
      const id = parsePersistentId(file, value);
      return id instanceof PyGlobal ? id : findStorage(id);
    },
  };
  return (reader) => unpickle(reader, context);
}
