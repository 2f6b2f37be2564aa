import { swapByteOrder } from '../byte-order.ts';
import { ELEMENT_BYTES, invertNames, type TensorDType, TORCH_STORAGE_NAMES } from '../dtypes.ts';
import { CorruptFileError } from '../errors.ts';
import { FileTensor } from '../file-tensor.ts';
import { PyGlobal, PyInternal, PyTuple, type PyValue } from '../pickle/values.ts';

const DTYPES = invertNames(TORCH_STORAGE_NAMES);

/** Bytes per element of the storages whose elements are not computed with here. */
const ODD_STORAGES: Readonly<Record<string, number>> = {
  ComplexFloatStorage: 8,
  ComplexDoubleStorage: 16,
  QInt8Storage: 1,
  QUInt8Storage: 1,
  QInt32Storage: 4,
  QUInt4x2Storage: 1,
  QUInt2x4Storage: 1,
};

const UNTYPED = ['UntypedStorage', '_UntypedStorage', 'TypedStorage', '_TypedStorage'];

/** Every name of a storage class; old files name the ones of `torch.cuda`. */
export const STORAGE_PATHS: readonly string[] = [
  ...[...DTYPES.keys(), ...Object.keys(ODD_STORAGES), ...UNTYPED].flatMap((name) => [
    `torch.${name}`,
    `torch.cuda.${name}`,
  ]),
  ...UNTYPED.map((name) => `torch.storage.${name}`),
];

/** The elements behind one or more tensors, still in the file. */
export class TensorStorage extends PyInternal {
  /** Undefined when the elements are of a type that is not computed with here. */
  readonly dtype: TensorDType | undefined;
  /** Name of the class in PyTorch. */
  readonly typeName: string;
  /** Untyped storages hold bytes. */
  readonly elementBytes: number;
  readonly elements: number;
  readonly #read: (offset: number, length: number) => Uint8Array;
  readonly #bigEndian: boolean;

  constructor(
    { dtype, typeName, elementBytes }: StorageType,
    elements: number,
    read: (offset: number, length: number) => Uint8Array,
    bigEndian = false,
  ) {
    super();
    this.dtype = dtype;
    this.typeName = typeName;
    this.elementBytes = elementBytes;
    this.elements = elements;
    this.#read = read;
    this.#bigEndian = bigEndian;
  }

  get description(): string {
    return `a torch.${this.typeName}`;
  }

  get bytes(): number {
    return this.elements * this.elementBytes;
  }

  /** Little-endian elements `[start, start + count)` of a type of this many bytes. */
  readElements(start: number, count: number, elementBytes: number): Uint8Array {
    const bytes = this.#read(start * elementBytes, count * elementBytes);
    if (this.#bigEndian) swapByteOrder(bytes, elementBytes);
    return bytes;
  }

  /** A storage saved by itself is read as a vector. */
  override finish(): PyValue {
    const { dtype, elements, elementBytes } = this;
    if (dtype === undefined) return this;
    return new FileTensor(dtype, [elements], () => this.readElements(0, elements, elementBytes));
  }
}

/** Element type of a storage class. */
export interface StorageType {
  readonly dtype: TensorDType | undefined;
  readonly typeName: string;
  readonly elementBytes: number;
}

function storageType(path: string): StorageType | undefined {
  if (!STORAGE_PATHS.includes(path)) return undefined;
  const typeName = path.slice(path.lastIndexOf('.') + 1);
  if (UNTYPED.includes(typeName)) return { dtype: 'uint8', typeName, elementBytes: 1 };
  const dtype = DTYPES.get(typeName);
  return {
    dtype,
    typeName,
    elementBytes: dtype === undefined ? ODD_STORAGES[typeName]! : ELEMENT_BYTES[dtype],
  };
}

/** How a pickle refers to a storage. */
export interface StorageId extends StorageType {
  readonly key: string;
  readonly elements: number;
  readonly location: string;
  /** Key, first element and size of a part of the storage, in the oldest files. */
  readonly view: { readonly key: string; readonly offset: number; readonly elements: number } | undefined;
}

/** Whether a pickled value is a size, a position or a count. */
export function isCount(value: PyValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/**
 * Understands the tuple `('storage', class, key, location, elements[, view])`, or `('module', class, …)`, which
 * stands for the class itself.
 * @throws CorruptFileError when it is anything else.
 */
export function parsePersistentId(file: string, id: PyValue): StorageId | PyGlobal {
  const damaged = () => new CorruptFileError(file, 'a reference to a tensor is garbled');
  if (!(id instanceof PyTuple)) throw damaged();
  const [kind, type, key, location, elements, view] = id.items;
  if (kind === 'module' && type instanceof PyGlobal) return type;
  const known = type instanceof PyGlobal ? storageType(type.path) : undefined;
  const valid =
    known &&
    kind === 'storage' &&
    typeof key === 'string' &&
    typeof location === 'string' &&
    isCount(elements);
  if (!valid) throw damaged();
  if (view === undefined || view === null) return { ...known, key, location, elements, view: undefined };
  if (!(view instanceof PyTuple)) throw damaged();
  const [viewKey, offset, viewElements] = view.items;
  if (typeof viewKey !== 'string' || !isCount(offset) || !isCount(viewElements)) throw damaged();
  if (offset + viewElements > elements)
    throw new CorruptFileError(file, `a part of storage ${key} lies outside it`);
  return { ...known, key, location, elements, view: { key: viewKey, offset, elements: viewElements } };
}
