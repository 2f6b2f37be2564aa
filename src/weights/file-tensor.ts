import type { ArrayDType } from './dtypes.ts';
import type { RawArray } from './raw-tensor.ts';

/** An array in a file: its type and shape are known, its bytes are read whenever `data` is asked for. */
export class FileTensor<D extends ArrayDType> implements RawArray<D> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly #read: () => Uint8Array;

  constructor(dtype: D, shape: readonly number[], read: () => Uint8Array) {
    this.dtype = dtype;
    this.shape = shape;
    this.#read = read;
  }

  /** Reads the file. @throws FileChangedError, CorruptFileError (checksum), TruncatedFileError */
  get data(): Uint8Array {
    return this.#read();
  }
}
