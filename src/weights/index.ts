export type { WriteOptions } from './atomic-file.ts';
export { FileChangedError, UnreadableFileError } from './byte-source.ts';
export { type ArrayDType, ELEMENT_BYTES, isTensorDType, type TensorDType } from './dtypes.ts';
export {
  CorruptFileError,
  TruncatedFileError,
  UnknownFormatError,
  UnsupportedContentError,
  WeightsError,
  WeightsTooLargeError,
} from './errors.ts';
export { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './half.ts';
export {
  type AnyTypedArray,
  byteLength,
  elementCount,
  float32Values,
  type RawArray,
  type RawTensor,
  rawArray,
  type StateDict,
  typedValues,
} from './raw-tensor.ts';
export { readSafetensors, type SafetensorsFile, writeSafetensors } from './safetensors.ts';
