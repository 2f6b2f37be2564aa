import { type WriteOptions, writeFileAtomically } from '../core/atomic-file.ts';
import { InvalidArgumentError } from '../core/index.ts';
import { type ByteSource, fileSource } from './byte-source.ts';
import { ELEMENT_BYTES, SAFETENSORS_NAMES } from './dtypes.ts';
import { CorruptFileError, TruncatedFileError } from './errors.ts';
import { FileTensor } from './file-tensor.ts';
import { byteLength, type RawTensor, type StateDict } from './raw-tensor.ts';
import { parseSafetensorsHeader } from './safetensors-header.ts';

/** What a safetensors file holds. */
export interface SafetensorsFile {
  readonly stateDict: StateDict;
  /** The free texts under `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Room for a quarter of a million tensors; JSON needs about ten times as much memory as text. */
const LARGEST_HEADER = 25_000_000;

/** Reads the header of a safetensors file; tensors are read from the file when their `data` is asked for. */
export function readSafetensorsSource(source: ByteSource): SafetensorsFile {
  const { name, size } = source;
  if (size < 8)
    throw new TruncatedFileError(name, 'it is shorter than the 8 bytes every safetensors file begins with');
  const prefix = source.read(0, 8);
  const headerBytes = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  if (headerBytes > LARGEST_HEADER)
    throw new CorruptFileError(name, `a header of ${headerBytes} bytes is announced`);
  if (8 + headerBytes > size) {
    throw new TruncatedFileError(name, `a header of ${headerBytes} bytes is announced in a file of ${size}`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(source.read(8, headerBytes));
  } catch (cause) {
    throw new CorruptFileError(name, 'the header is not UTF-8', cause);
  }
  if (text.charCodeAt(0) !== 0x7b) throw new CorruptFileError(name, 'the header does not begin with {');
  const { entries, metadata } = parseSafetensorsHeader(name, text, size - 8 - headerBytes);
  const stateDict: StateDict = new Map();
  for (const { name: key, dtype, shape, begin, end } of entries) {
    stateDict.set(key, new FileTensor(dtype, shape, () => source.read(8 + headerBytes + begin, end - begin)));
  }
  return { stateDict, metadata };
}

/**
 * Opens a `.safetensors` file. Only the header is read now; each tensor is read when its `data` is asked for.
 * @throws UnreadableFileError, TruncatedFileError, CorruptFileError, UnsupportedContentError
 */
export function readSafetensors(path: string): SafetensorsFile {
  return readSafetensorsSource(fileSource(path));
}

/** Widest types first, then by name: the reference's order, which keeps every tensor aligned to its elements. */
function writingOrder([nameA, a]: [string, RawTensor], [nameB, b]: [string, RawTensor]): number {
  const width = ELEMENT_BYTES[b.dtype] - ELEMENT_BYTES[a.dtype];
  return width !== 0 ? width : nameA < nameB ? -1 : 1;
}

function encodeHeader(
  tensors: [string, RawTensor][],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const members: string[] = [];
  const notes = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (notes.length > 0) {
    const texts = notes.map(([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`);
    members.push(`"__metadata__":{${texts.join(',')}}`);
  }
  let position = 0;
  for (const [name, { dtype, shape }] of tensors) {
    const end = position + byteLength(dtype, shape);
    const fields = { dtype: SAFETENSORS_NAMES[dtype], shape, data_offsets: [position, end] };
    members.push(`${JSON.stringify(name)}:${JSON.stringify(fields)}`);
    position = end;
  }
  const text = new TextEncoder().encode(`{${members.join(',')}}`);
  const padded = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(padded.buffer).setBigUint64(0, BigInt(padded.length - 8), true);
  padded.set(text, 8);
  return padded;
}

/**
 * Writes a `.safetensors` file: the same tensors and metadata give the same bytes. Tensors are taken one at a time,
 * so lazily read ones of any total size pass through.
 * @param metadata Free texts, e.g. `{ format: 'pt' }`, which some Python readers ask for.
 * @throws InvalidArgumentError when a tensor's data is not as long as its shape says; OutputExistsError
 */
export function writeSafetensors(
  path: string,
  stateDict: ReadonlyMap<string, RawTensor>,
  metadata: Readonly<Record<string, string>> = {},
  options: WriteOptions = {},
): void {
  if (stateDict.has('__metadata__')) {
    throw new InvalidArgumentError('a tensor cannot be called __metadata__', { remedy: 'rename it' });
  }
  const tensors = [...stateDict].sort(writingOrder);
  writeFileAtomically(
    path,
    (sink) => {
      sink.write(encodeHeader(tensors, metadata));
      for (const [name, tensor] of tensors) sink.write(checkedData(name, tensor));
    },
    options,
  );
}

/** A tensor's bytes, once they are as many as its shape says. */
export function checkedData(name: string, tensor: RawTensor): Uint8Array {
  const { data } = tensor;
  const expected = byteLength(tensor.dtype, tensor.shape);
  if (data.byteLength !== expected) {
    throw new InvalidArgumentError(
      `tensor ${name} has ${data.byteLength} bytes where its shape asks for ${expected}`,
      {
        remedy: 'pass contiguous little-endian data of the declared type and shape',
      },
    );
  }
  return data;
}
