import { invertNames, SAFETENSORS_NAMES, type TensorDType } from './dtypes.ts';
import { CorruptFileError, UnsupportedContentError } from './errors.ts';
import { byteLength } from './raw-tensor.ts';

/** One tensor of a safetensors header; `begin` and `end` count from the end of the header. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: TensorDType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const DTYPES = invertNames(SAFETENSORS_NAMES);

/** Members of all objects of a JSON text, repeated names included (`JSON.parse` keeps the last silently). */
function countMembers(text: string): number {
  let members = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character === 0x3a) members++;
    else if (character === 0x22) {
      i++;
      while (i < text.length && text.charCodeAt(i) !== 0x22) i += text.charCodeAt(i) === 0x5c ? 2 : 1;
    }
  }
  return members;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizeList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function parseEntry(file: string, name: string, value: unknown): SafetensorsEntry {
  const damaged = (what: string) => new CorruptFileError(file, `tensor ${JSON.stringify(name)} ${what}`);
  if (!isObject(value)) throw damaged('is not described by an object');
  const { dtype: code, shape, data_offsets: offsets, ...rest } = value;
  if (Object.keys(rest).length > 0) throw damaged(`has the unknown field ${Object.keys(rest)[0]}`);
  if (typeof code !== 'string') throw damaged('has no dtype');
  if (!isSizeList(shape)) throw damaged('has no valid shape');
  if (!isSizeList(offsets) || offsets.length !== 2) throw damaged('has no valid data_offsets');
  const [begin, end] = offsets as [number, number];
  const dtype = DTYPES.get(code);
  if (dtype === undefined) {
    throw new UnsupportedContentError(
      `tensor ${name} has elements of type ${code}, which is not computed with here`,
      {
        file,
        remedy: `convert it to one of ${Object.values(SAFETENSORS_NAMES).join(', ')} in Python first`,
      },
    );
  }
  const bytes = byteLength(dtype, shape);
  if (end - begin !== bytes) {
    throw damaged(`of shape [${shape.join(', ')}] and type ${code} needs ${bytes} bytes, not ${end - begin}`);
  }
  return { name, dtype, shape, begin, end };
}

function parseMetadata(file: string, value: unknown): Record<string, string> {
  if (!isObject(value)) throw new CorruptFileError(file, '__metadata__ is not an object');
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw new CorruptFileError(file, `__metadata__.${key} is not a text`);
  }
  return value as Record<string, string>;
}

/** The format asks that tensors fill the data section one after the other: no overlap, no hole, nothing left over. */
function checkCoverage(file: string, entries: readonly SafetensorsEntry[], dataBytes: number): void {
  let position = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position) {
      const what = begin < position ? 'overlaps the one before it' : 'leaves a hole before it';
      throw new CorruptFileError(file, `tensor ${JSON.stringify(name)} ${what}`);
    }
    position = end;
  }
  if (position !== dataBytes) {
    throw new CorruptFileError(file, `the tensors take ${position} bytes but the file holds ${dataBytes}`);
  }
}

/**
 * Reads and validates the JSON header of a safetensors file.
 * @param dataBytes Bytes that follow the header.
 * @throws CorruptFileError, UnsupportedContentError
 */
export function parseSafetensorsHeader(
  file: string,
  text: string,
  dataBytes: number,
): { entries: SafetensorsEntry[]; metadata: Record<string, string> } {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw new CorruptFileError(file, 'the header is not JSON', cause);
  }
  if (!isObject(header)) throw new CorruptFileError(file, 'the header is not a JSON object');
  const entries: SafetensorsEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') metadata = parseMetadata(file, value);
    else entries.push(parseEntry(file, name, value));
  }
  const expected = Object.keys(header).length + 3 * entries.length + Object.keys(metadata).length;
  if (countMembers(text) !== expected) throw new CorruptFileError(file, 'a name occurs twice in the header');
  checkCoverage(file, entries, dataBytes);
  return { entries, metadata };
}
