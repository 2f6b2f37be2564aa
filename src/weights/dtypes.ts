/** The element types PyTorch computes with here; the names are the engine's. */
export type TensorDType =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint8'
  | 'bool';

/** Element types of arrays in files: PyTorch's, and the unsigned integers that NumPy files hold. */
export type ArrayDType = TensorDType | 'uint64' | 'uint32' | 'uint16';

/** Bytes per element. */
export const ELEMENT_BYTES: Readonly<Record<ArrayDType, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
};

const TENSOR_DTYPES: ReadonlySet<string> = new Set<TensorDType>([
  'float64',
  'float32',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'bool',
]);

/** Whether PyTorch (and the engine) computes with this element type. */
export function isTensorDType(name: string): name is TensorDType {
  return TENSOR_DTYPES.has(name);
}

/** Names of the types in a safetensors header. */
export const SAFETENSORS_NAMES: Readonly<Record<TensorDType, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};

/** Storage classes of the module `torch`, by element type. */
export const TORCH_STORAGE_NAMES: Readonly<Record<TensorDType, string>> = {
  float64: 'DoubleStorage',
  float32: 'FloatStorage',
  float16: 'HalfStorage',
  bfloat16: 'BFloat16Storage',
  int64: 'LongStorage',
  int32: 'IntStorage',
  int16: 'ShortStorage',
  int8: 'CharStorage',
  uint8: 'ByteStorage',
  bool: 'BoolStorage',
};

/** Turns a table of names by type into types by name. */
export function invertNames(names: Readonly<Record<TensorDType, string>>): ReadonlyMap<string, TensorDType> {
  return new Map(Object.entries(names).map(([dtype, name]) => [name, dtype as TensorDType]));
}
