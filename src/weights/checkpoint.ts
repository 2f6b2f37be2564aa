import { type ByteSource, bufferSource, fileSource } from './byte-source.ts';
import { findStateDict, stateDictOf } from './find-state-dict.ts';
import { type PlainData, toPlainData } from './pickle/plain.ts';
import type { PyValue } from './pickle/values.ts';
import type { StateDict } from './raw-tensor.ts';
import { readSafetensorsSource } from './safetensors.ts';
import { sniffCheckpoint } from './sniff-format.ts';
import { readTorchLegacy } from './torch/legacy-format.ts';
import type { PickleOptions } from './torch/unpickle-torch.ts';
import { readTorchZip } from './torch/zip-format.ts';

/** Format of a checkpoint, told by its content. */
export type CheckpointFormat = 'safetensors' | 'torch-zip' | 'torch-legacy' | 'pickle';

export interface CheckpointOptions extends PickleOptions {
  /** Dotted key of the weights inside the checkpoint, e.g. `state_dict_ema`; by default the usual ones are tried. */
  readonly key?: string;
}

/** What a checkpoint holds. */
export interface Checkpoint {
  readonly format: CheckpointFormat;
  /** The weights; each is read from the file when its `data` is asked for. */
  readonly stateDict: StateDict;
  /** Everything beside the weights: epoch, optimiser states, hyper-parameters, safetensors metadata. */
  readonly other: { readonly [key: string]: PlainData };
}

function readRoot(
  source: ByteSource,
  container: 'zip' | 'pickle',
  options: CheckpointOptions,
): { root: PyValue; format: CheckpointFormat } {
  if (container === 'zip') return { root: readTorchZip(source, options), format: 'torch-zip' };
  const { root, isTorch } = readTorchLegacy(source, options);
  return { root, format: isTorch ? 'torch-legacy' : 'pickle' };
}

function isObject(value: PlainData): value is { [key: string]: PlainData } {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null;
}

/** {@link readCheckpoint} on any source of bytes. */
export function readCheckpointSource(source: ByteSource, options: CheckpointOptions = {}): Checkpoint {
  const container = sniffCheckpoint(source);
  if (container === 'safetensors') {
    const { stateDict, metadata } = readSafetensorsSource(source);
    return { format: 'safetensors', stateDict, other: metadata };
  }
  const { name } = source;
  const { root, format } = readRoot(source, container, options);
  const dict = findStateDict(name, root, options.key);
  const stateDict = stateDictOf(name, dict);
  const other = toPlainData(name, root, { dict, keys: new Set(stateDict.keys()) });
  return { format, stateDict, other: isObject(other) ? other : { data: other } };
}

/** {@link readCheckpoint} on bytes in memory. */
export function readCheckpointBytes(bytes: Uint8Array, options: CheckpointOptions = {}): Checkpoint {
  return readCheckpointSource(bufferSource(bytes), options);
}

/**
 * Opens a checkpoint: `.safetensors`, PyTorch's `.pt`/`.pth`/`.ckpt`/`.bin` (zip or legacy), Lightning's, OpenMMLab's;
 * the format is told by content. Nothing in the file is ever executed, and memory is bounded by the file's size plus
 * `maxPickleMemory`.
 * @throws UnreadableFileError, UnknownFormatError, TruncatedFileError, CorruptFileError, WeightsTooLargeError,
 *   UnsupportedContentError, ForbiddenPickleGlobalError, NoStateDictError
 */
export function readCheckpoint(path: string, options: CheckpointOptions = {}): Checkpoint {
  return readCheckpointSource(fileSource(path), options);
}
