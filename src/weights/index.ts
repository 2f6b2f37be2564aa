export type { WriteOptions } from '../core/atomic-file.ts';
export { FileChangedError, UnreadableFileError } from './byte-source.ts';
export {
  type Checkpoint,
  type CheckpointFormat,
  type CheckpointOptions,
  readCheckpoint,
  readCheckpointBytes,
} from './checkpoint.ts';
export { type ArrayDType, ELEMENT_BYTES, isTensorDType, type TensorDType } from './dtypes.ts';
export {
  CorruptFileError,
  TruncatedFileError,
  UnknownFormatError,
  UnsupportedContentError,
  WeightsError,
  WeightsTooLargeError,
} from './errors.ts';
export { NoStateDictError } from './find-state-dict.ts';
export { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './half.ts';
export {
  HubAnswerError,
  HubChecksumError,
  HubError,
  HubNotFoundError,
  HubOfflineError,
  HubUnreachableError,
  ModelFolderError,
  ModelNameError,
} from './hub/errors.ts';
export { type ModelFolder, readModelFolder } from './hub/model-folder.ts';
export { cachedModel, type ResolvedModel, resolveFile, resolveModel } from './hub/resolve-model.ts';
export type { DownloadProgress, HubOptions } from './hub/settings.ts';
export { readNpy, writeNpy } from './numpy/npy.ts';
export { type NpzFile, readNpz, writeNpz } from './numpy/npz.ts';
export { ForbiddenPickleGlobalError, type UnknownGlobals } from './pickle/global-policy.ts';
export type { PicklableData } from './pickle/pickler.ts';
export { OpaqueObject, type PlainData } from './pickle/plain.ts';
export { PyTuple } from './pickle/values.ts';
export { allHavePrefix, ignSegmentationWeights, stripDataParallel, stripPrefix } from './prefixes.ts';
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
export { writePth } from './torch/write-pth.ts';
