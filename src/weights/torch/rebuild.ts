import { ELEMENT_BYTES, isTensorDType, type TensorDType } from '../dtypes.ts';
import { CorruptFileError, WeightsTooLargeError } from '../errors.ts';
import { FileTensor } from '../file-tensor.ts';
import { PyDict, PyGlobal, PyInternal, PyTuple, type PyValue } from '../pickle/values.ts';
import { byteLength } from '../raw-tensor.ts';
import { gatherStrided, isRowMajor, spanOf } from '../strided.ts';
import { isCount, TensorStorage } from './storage.ts';

/** A tensor that exists in the file but cannot be used here (complex, quantised, sparse, …). */
export class UnusableTensor extends PyInternal {
  readonly description: string;

  constructor(description: string) {
    super();
    this.description = description;
  }

  /** Attributes of an unusable tensor are of no use either. */
  override setState(): boolean {
    return true;
  }
}

/** A view may repeat elements (`expand`); all of a file's views together may grow by this much. */
const LARGEST_EXPANSION = 1 << 30;

function sizesOf(value: PyValue | undefined): readonly number[] | undefined {
  const items = value instanceof PyTuple ? value.items : undefined;
  return items?.every(isCount) ? items : undefined;
}

function hasMark(metadata: PyValue | undefined): boolean {
  return metadata instanceof PyDict && [...metadata.values()].some((value) => value === true);
}

/** Makes tensors out of storages, as `torch._utils._rebuild_tensor_v2` and its kin do, without reading them. */
export class TensorRebuilder {
  readonly #file: string;
  #expansion = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /**
   * `_rebuild_tensor(storage, offset, size, stride)` and `_rebuild_tensor_v2(…, requires_grad, hooks, metadata)`.
   * @throws CorruptFileError when the tensor reaches out of its storage.
   */
  rebuild([storage, offset, size, stride, , , metadata]: readonly PyValue[]): PyValue {
    if (!(storage instanceof TensorStorage))
      throw new CorruptFileError(this.#file, 'a tensor has no storage');
    if (storage.dtype === undefined) return new UnusableTensor(`a tensor on ${storage.description}`);
    return this.#tensor(storage, storage.dtype, [offset, size, stride, metadata]);
  }

  /** `_rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, dtype, metadata)`: bytes and a type. */
  rebuildTyped([storage, offset, size, stride, , , dtype, metadata]: readonly PyValue[]): PyValue {
    const name = dtype instanceof PyGlobal ? dtype.path.replace(/^torch\./, '') : '';
    if (!(storage instanceof TensorStorage))
      throw new CorruptFileError(this.#file, 'a tensor has no storage');
    if (!isTensorDType(name)) return new UnusableTensor(`a tensor of type ${name}`);
    return this.#tensor(storage, name, [offset, size, stride, metadata]);
  }

  #tensor(storage: TensorStorage, dtype: TensorDType, layout: readonly (PyValue | undefined)[]): PyValue {
    const [offset, size, stride, metadata] = layout;
    const shape = sizesOf(size);
    const strides = sizesOf(stride);
    if (shape === undefined || strides?.length !== shape.length || !isCount(offset)) {
      throw new CorruptFileError(this.#file, 'a tensor has no valid shape');
    }
    if (hasMark(metadata)) return new UnusableTensor('a conjugated or negated view');
    const elementBytes = ELEMENT_BYTES[dtype];
    const span = spanOf(shape, strides);
    if ((offset + span) * elementBytes > storage.bytes) {
      throw new CorruptFileError(
        this.#file,
        `a tensor of shape [${shape.join(', ')}] reaches out of its storage`,
      );
    }
    this.#chargeExpansion(byteLength(dtype, shape) - storage.bytes);
    const contiguous = isRowMajor(shape, strides);
    return new FileTensor(dtype, shape, () => {
      const bytes = storage.readElements(offset, span, elementBytes);
      return contiguous ? bytes : gatherStrided(bytes, elementBytes, shape, strides);
    });
  }

  #chargeExpansion(bytes: number): void {
    if (bytes > 0) this.#expansion += bytes;
    if (!(this.#expansion <= LARGEST_EXPANSION)) {
      throw new WeightsTooLargeError(this.#file, 'its tensors repeat the same elements over and over');
    }
  }
}
