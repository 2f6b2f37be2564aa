import type { ByteSource } from './byte-source.ts';
import { TruncatedFileError, UnknownFormatError, UnsupportedContentError } from './errors.ts';

/** Container of a checkpoint, told by its first bytes. */
export type CheckpointContainer = 'zip' | 'pickle' | 'safetensors';

const TAR_MARK_OFFSET = 257;

/** Files that are often taken for checkpoints, with what to do about them. */
function describeImpostor(head: Buffer): { problem: string; remedy: string } | undefined {
  const text = head.toString('latin1');
  if (text.startsWith('version https://git-lfs')) {
    return {
      problem: 'it is a Git LFS pointer, not the file itself',
      remedy: 'run git lfs pull, or download the file',
    };
  }
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) {
    return {
      problem: 'it is a web page, not a checkpoint',
      remedy: 'download the file again from its direct address',
    };
  }
  if (text.startsWith('\x89HDF')) {
    return { problem: 'it is an HDF5 file (Keras)', remedy: 'convert the weights to safetensors in Python' };
  }
  if (text.startsWith('\x1f\x8b'))
    return { problem: 'it is compressed with gzip', remedy: 'decompress it first' };
  if (text.slice(TAR_MARK_OFFSET, TAR_MARK_OFFSET + 5) === 'ustar') {
    return {
      problem: "it is a tar archive, PyTorch's format before 2017 or a bundle of files",
      remedy: 'unpack it if it is a bundle; otherwise open it in PyTorch and save it again',
    };
  }
  return undefined;
}

/**
 * Tells the format by content; names of files are not looked at.
 * @throws UnknownFormatError, UnsupportedContentError, TruncatedFileError
 */
export function sniffCheckpoint(source: ByteSource): CheckpointContainer {
  const { name, size } = source;
  if (size === 0) throw new TruncatedFileError(name, 'it is empty');
  const head = Buffer.from(source.read(0, Math.min(size, 512)));
  if (head.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'))) return 'zip';
  // Before pickles: a header of 640 bytes begins with the very bytes of a pickle of protocol 2.
  const isSafetensors = head[8] === 0x7b;
  if (isSafetensors && head.readBigUInt64LE(0) <= BigInt(size - 8)) return 'safetensors';
  if (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5) return 'pickle';
  const impostor = describeImpostor(head);
  if (impostor !== undefined) {
    throw new UnsupportedContentError(impostor.problem, { file: name, remedy: impostor.remedy });
  }
  if (isSafetensors) return 'safetensors';
  throw new UnknownFormatError('the file is no checkpoint of a known format', {
    file: name,
    remedy: 'pass a PyTorch checkpoint (.pt, .pth, .ckpt, .bin) or a .safetensors file',
  });
}
