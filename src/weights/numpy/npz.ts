import { type WriteOptions, writeFileAtomically } from '../../core/atomic-file.ts';
import { type ByteSource, bufferSource, fileSource } from '../byte-source.ts';
import { CorruptFileError } from '../errors.ts';
import type { RawArray } from '../raw-tensor.ts';
import { ZipArchive } from '../zip/archive.ts';
import { ZipWriter } from '../zip/writer.ts';
import { npyHeader, readNpySource } from './npy.ts';

/** Default bound on one compressed array. */
const LARGEST_INFLATED = 1 << 30;

/** The arrays of a `.npz` archive. */
export interface NpzFile {
  readonly names: readonly string[];
  /**
   * One array. Of arrays stored plainly, elements are read when `data` is asked for; compressed ones are inflated now.
   * @throws CorruptFileError when there is no such array, TruncatedFileError, UnsupportedContentError, WeightsTooLargeError
   */
  read(name: string): RawArray;
}

/** {@link readNpz} on any source of bytes. */
export function readNpzSource(source: ByteSource, { maxInflatedBytes = LARGEST_INFLATED } = {}): NpzFile {
  const archive = new ZipArchive(source, { maxInflatedBytes });
  const names = [...archive.entries.keys()]
    .filter((name) => name.endsWith('.npy'))
    .map((name) => name.slice(0, -4));
  return {
    names,
    read(name) {
      const entry = archive.entries.get(`${name}.npy`);
      if (entry === undefined) throw new CorruptFileError(source.name, `it holds no array ${name}`);
      const label = `${source.name}:${name}`;
      if (entry.compressed) return readNpySource(bufferSource(archive.read(entry.name), label));
      const read = (offset: number, length: number) => archive.readRange(entry.name, offset, length);
      return readNpySource({ name: label, size: entry.bytes, read });
    },
  };
}

/**
 * Opens a `.npz` archive, of `numpy.savez` or `numpy.savez_compressed`.
 * @param options.maxInflatedBytes Bound on the size of one compressed array. Default 1 GB.
 * @throws UnreadableFileError, TruncatedFileError, CorruptFileError, UnsupportedContentError
 */
export function readNpz(path: string, options: { readonly maxInflatedBytes?: number } = {}): NpzFile {
  return readNpzSource(fileSource(path), options);
}

/** Writes arrays as `numpy.savez` does, uncompressed. @throws InvalidArgumentError for bfloat16; OutputExistsError */
export function writeNpz(
  path: string,
  arrays: ReadonlyMap<string, RawArray>,
  options: WriteOptions = {},
): void {
  writeFileAtomically(
    path,
    (sink) => {
      const zip = new ZipWriter(sink);
      for (const [name, array] of arrays) {
        zip.add(`${name}.npy`, Buffer.concat([npyHeader(array), array.data]));
      }
      zip.finish();
    },
    options,
  );
}
