import type { ByteSource } from '../byte-source.ts';
import { CorruptFileError, UnsupportedContentError } from '../errors.ts';
import { ByteReader } from '../pickle/byte-reader.ts';
import type { PyValue } from '../pickle/values.ts';
import { type StorageId, TensorStorage } from './storage.ts';
import { type PickleOptions, torchUnpickler } from './unpickle-torch.ts';

/** The first pickle of a legacy file is this number. */
const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL_VERSION = 1001;

/** Storages that the pickle refers to before their place in the file is known. */
class StorageRegister {
  readonly #source: ByteSource;
  readonly #offsets = new Map<string, number>();
  readonly #wholes = new Map<string, StorageId>();
  readonly #storages = new Map<string, TensorStorage>();

  constructor(source: ByteSource) {
    this.#source = source;
  }

  find(id: StorageId): TensorStorage {
    const whole = this.#wholes.get(id.key);
    if (whole === undefined) this.#wholes.set(id.key, id);
    else if (whole.typeName !== id.typeName || whole.elements !== id.elements) {
      throw new CorruptFileError(this.#source.name, `the tensor data ${id.key} is described in two ways`);
    }
    const { key, offset, elements } = id.view ?? { key: id.key, offset: 0, elements: id.elements };
    const label = JSON.stringify([id.key, key, offset, elements]);
    const known = this.#storages.get(label);
    if (known !== undefined) return known;
    const storage = new TensorStorage(id, elements, (start, length) => {
      return this.#source.read(this.#offsets.get(id.key)! + offset * id.elementBytes + start, length);
    });
    this.#storages.set(label, storage);
    return storage;
  }

  /** Goes through the storages that follow the pickles: a count of elements, then the elements, for each key. */
  place(keys: PyValue, position: number): void {
    const { name, size } = this.#source;
    if (!Array.isArray(keys)) throw new CorruptFileError(name, 'the list of tensor data is garbled');
    let at = position;
    for (const key of keys) {
      const id = typeof key === 'string' ? this.#wholes.get(key) : undefined;
      if (id === undefined)
        throw new CorruptFileError(name, 'the list of tensor data names what no tensor uses');
      const elements = Number(new DataView(this.#source.read(at, 8).buffer).getBigUint64(0, true));
      if (elements !== id.elements)
        throw new CorruptFileError(name, `the tensor data ${id.key} has the wrong size`);
      this.#offsets.set(id.key, at + 8);
      at += 8 + elements * id.elementBytes;
      // Asking for the last byte reports a truncated file now rather than when the tensor is read.
      if (at > size) this.#source.read(at - 1, 1);
    }
    for (const key of this.#wholes.keys()) {
      if (!this.#offsets.has(key)) throw new CorruptFileError(name, `the tensor data ${key} is missing`);
    }
  }
}

/**
 * Reads a file of `torch.save` before PyTorch 1.6 (or with `_use_new_zipfile_serialization=False`): five pickles in a
 * row, then the raw storages, which are little-endian whatever machine wrote them. A lone pickle without PyTorch's
 * magic number is returned as it is.
 */
export function readTorchLegacy(
  source: ByteSource,
  options: PickleOptions,
): { root: PyValue; isTorch: boolean } {
  const { name } = source;
  const reader = new ByteReader(source);
  const register = new StorageRegister(source);
  const unpickle = torchUnpickler(name, (id) => register.find(id), options);
  const readPickle = () => unpickle(reader);
  const first = readPickle();
  if (first !== MAGIC) {
    register.place([], reader.position);
    return { root: first, isTorch: false };
  }
  const version = readPickle();
  if (version !== PROTOCOL_VERSION) {
    throw new UnsupportedContentError('the file is of another version of the legacy format', {
      file: name,
      remedy: 'open it in PyTorch and save it again',
    });
  }
  // Sizes and byte order of the machine that wrote the file: PyTorch ignores them too.
  readPickle();
  const root = readPickle();
  const keys = readPickle();
  register.place(keys, reader.position);
  return { root, isTorch: true };
}
