import { readFileSync } from 'node:fs';
import { ArpentError, Random } from '../../../src/core/index.ts';
import { bufferSource } from '../../../src/weights/byte-source.ts';
import { readCheckpointBytes } from '../../../src/weights/index.ts';
import { readNpySource } from '../../../src/weights/numpy/npy.ts';
import { readNpzSource } from '../../../src/weights/numpy/npz.ts';
import { ZipArchive } from '../../../src/weights/zip/archive.ts';
import { drain } from './drain.ts';
import { zipOf } from './pickle-writer.ts';

const GOLDEN = new URL('../../golden/checkpoints/', import.meta.url).pathname;

/** Healthy files of every kind, the start of all mutations. */
const CORPUS = [
  ...[
    'torch2.13-zip-protocol2.pth',
    'torch2.13-zip-protocol4.pth',
    'torch1.13-legacy-protocol2.pth',
    'mmseg.pth',
  ],
  ...[
    'torch2.13-legacy-protocol5.pth',
    'lightning.ckpt',
    'timm.pth',
    'numpy-protocol2.pth',
    'numpy-protocol5.pth',
  ],
  ...['legacy-parts.pth', 'big-endian.pth', 'plain.pkl', 'evil.pth', 'quantised.pth', 'whole-model.pth'],
  ...[
    'reference.safetensors',
    'f4-fortran.npy',
    'i8-big-fortran.npy',
    'structured.npy',
    'arrays.npz',
    'compressed.npz',
  ],
];

interface Sample {
  readonly name: string;
  readonly bytes: Buffer;
  /** Entries of a zip archive, so that what is inside can be changed under a right checksum. */
  readonly entries: Record<string, Uint8Array> | undefined;
}

function unzip(bytes: Buffer): Record<string, Uint8Array> | undefined {
  if (bytes.toString('latin1', 0, 2) !== 'PK') return undefined;
  const archive = new ZipArchive(bufferSource(bytes), { maxInflatedBytes: 1 << 20 });
  return Object.fromEntries([...archive.entries.keys()].map((name) => [name, archive.read(name)]));
}

const BOUNDARIES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
/** Opcodes that make, repeat or call. */
const OPCODES = Buffer.from(
  '().0123BCGJKMNQRTUXabcdehijlopqrstu]}\x80\x81\x82\x85\x86\x87\x8a\x8b\x8c\x8e\x8f\x90\x91\x92\x93\x94\x95\x96',
  'latin1',
);

function mutateOnce(random: Random, bytes: Buffer, other: Buffer): Buffer {
  const at = random.below(bytes.length);
  const length = 1 + random.below(Math.min(64, bytes.length - at));
  switch (random.below(9)) {
    case 0:
      bytes[at]! ^= 1 << random.below(8);
      return bytes;
    case 1:
      bytes[at] = random.below(256);
      return bytes;
    case 2:
      bytes[at] = OPCODES[random.below(OPCODES.length)]!;
      return bytes;
    case 3:
      return bytes.subarray(0, at);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 5: {
      const copies = Array.from({ length: 1 + random.below(8) }, () => bytes.subarray(at, at + length));
      return Buffer.concat([bytes.subarray(0, at), ...copies, bytes.subarray(at)]);
    }
    case 6: {
      const value = Buffer.alloc(8);
      value.writeUInt32LE(BOUNDARIES[random.below(BOUNDARIES.length)]!);
      value.writeUInt32LE(random.chance(0.8) ? 0 : 0xffffffff, 4);
      value.copy(bytes, at, 0, [1, 2, 4, 8][random.below(4)]!);
      return bytes;
    }
    case 7: {
      const from = random.below(other.length);
      const piece = other.subarray(from, from + length);
      return Buffer.concat([
        bytes.subarray(0, at),
        piece,
        bytes.subarray(random.chance(0.5) ? at : at + length),
      ]);
    }
    default: {
      const digit = bytes.indexOf(0x30 + random.below(10), at);
      if (digit >= 0) bytes[digit] = 0x30 + random.below(10);
      return bytes;
    }
  }
}

function mutate(random: Random, original: Uint8Array, other: Buffer): Buffer {
  let bytes = Buffer.from(original);
  for (let i = 1 + random.below(4); i > 0 && bytes.length > 0; i--)
    bytes = Buffer.from(mutateOnce(random, bytes, other));
  return bytes;
}

function readAny(name: string, bytes: Buffer): number {
  if (name.endsWith('.npy')) return readNpySource(bufferSource(bytes)).data.byteLength;
  if (!name.endsWith('.npz')) {
    return drain(readCheckpointBytes(bytes, { unknownGlobals: 'opaque', maxPickleMemory: 32 << 20 }));
  }
  const archive = readNpzSource(bufferSource(bytes), { maxInflatedBytes: 1 << 20 });
  return archive.names.reduce((sum, array) => sum + archive.read(array).data.byteLength, 0);
}

/** What a run of mutated files came to. */
export interface FuzzReport {
  readonly inputs: number;
  readonly read: number;
  /** Refused, by the error's name. */
  readonly refused: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  readonly largestMemoryBytes: number;
}

/**
 * Reads mutated checkpoints and arrays.
 * @throws whatever is not a named error of ours, with the seed of the input that caused it.
 */
export function fuzz(inputs: number, firstSeed = 0): FuzzReport {
  const samples: Sample[] = CORPUS.map((name) => {
    const bytes = readFileSync(GOLDEN + name);
    return { name, bytes, entries: unzip(bytes) };
  });
  const refused: Record<string, number> = {};
  let read = 0;
  let slowestMs = 0;
  let largestMemoryBytes = 0;
  for (let seed = firstSeed; seed < firstSeed + inputs; seed++) {
    const random = new Random(seed, 0xf022);
    const { name, bytes, entries } = samples[random.below(samples.length)]!;
    const other = samples[random.below(samples.length)]!.bytes;
    let input: Buffer;
    if (entries !== undefined && random.chance(0.7)) {
      const names = Object.keys(entries);
      const chosen =
        names.find((entry) => entry.endsWith('data.pkl') && random.chance(0.8)) ??
        names[random.below(names.length)]!;
      input = zipOf({ ...entries, [chosen]: mutate(random, entries[chosen]!, other) });
    } else input = mutate(random, bytes, other);
    const start = performance.now();
    try {
      readAny(name, input);
      read++;
    } catch (error) {
      if (!(error instanceof ArpentError))
        throw new Error(`seed ${seed} (${name}) is not refused by name`, { cause: error });
      refused[error.name] = (refused[error.name] ?? 0) + 1;
    }
    slowestMs = Math.max(slowestMs, performance.now() - start);
    if (seed % 64 === 0) largestMemoryBytes = Math.max(largestMemoryBytes, process.memoryUsage.rss());
  }
  return { inputs, read, refused, slowestMs, largestMemoryBytes };
}
