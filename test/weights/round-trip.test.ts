import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidArgumentError, OutputExistsError, Random } from '../../src/core/index.ts';
import {
  CorruptFileError,
  FileChangedError,
  type PicklableData,
  PyTuple,
  rawArray,
  readCheckpoint,
  readNpy,
  readNpz,
  readSafetensors,
  type StateDict,
  stripPrefix,
  TruncatedFileError,
  typedValues,
  UnreadableFileError,
  UnsupportedContentError,
  WeightsError,
  writeNpy,
  writeNpz,
  writePth,
  writeSafetensors,
} from '../../src/weights/index.ts';
import { comparable, randomArray, randomWeights, TENSOR_DTYPES } from './support/random-weights.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arpent-weights-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const SEEDS = Array.from({ length: 40 }, (_, i) => i);

function sorted(weights: StateDict): StateDict {
  return new Map([...weights].sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe.each(SEEDS)('weights number %i', (seed) => {
  it('come back from .pth and .safetensors bit for bit, through either', () => {
    const weights = randomWeights(new Random(seed));
    const [pth, safetensors, again] = ['a.pth', 'a.safetensors', 'b.pth'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    writePth(pth, weights);
    const { stateDict, other, format } = readCheckpoint(pth);
    expect(format).toBe('torch-zip');
    expect(comparable(stateDict)).toEqual(comparable(weights));
    expect(Object.keys(other)).toEqual([]);
    writeSafetensors(safetensors, stateDict, { format: 'pt', 'a"b': 'ü\n' });
    const reread = readSafetensors(safetensors);
    expect(comparable(sorted(reread.stateDict))).toEqual(comparable(sorted(weights)));
    expect(reread.metadata).toEqual({ format: 'pt', 'a"b': 'ü\n' });
    expect(readCheckpoint(safetensors).format).toBe('safetensors');
    writePth(again, new Map([...weights.keys()].map((name) => [name, reread.stateDict.get(name)!])));
    expect(comparable(readCheckpoint(again).stateDict)).toEqual(comparable(weights));
  });
});

describe('plain data beside the weights', () => {
  const weights: StateDict = new Map([['w', rawArray('float32', [2], new Float32Array([1, 2]))]]);

  it('comes back as it was', () => {
    const extra: Record<string, PicklableData> = {
      epoch: 65,
      best: 0.5443,
      limits: [0, 255, 256, 65535, 65536, -1, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, -(2 ** 40)],
      floats: [0.1, -0, 1e300, Number.POSITIVE_INFINITY, Number.NaN, 2 ** 60],
      big: [12345678901234567890n, -(1n << 63n), 1n << 3000n],
      flags: [true, false, null],
      text: 'é 𝛼 "x"\n',
      bytes: Uint8Array.from({ length: 256 }, (_, i) => i),
      nested: { a: { b: [{ c: [] }, {}] } },
      byNumber: new Map<PicklableData, PicklableData>([
        [0, { step: 3 }],
        [7, 'x'],
      ]),
      names: new Set(['a', 'b']),
    };
    const path = join(folder, 'a.pth');
    writePth(path, weights, extra);
    const { other, stateDict } = readCheckpoint(path);
    expect(comparable(stateDict)).toEqual(comparable(weights));
    expect(other).toEqual({
      ...extra,
      floats: [0.1, -0, 1e300, Number.POSITIVE_INFINITY, Number.NaN, 2 ** 60],
    });
    expect(Object.is((other.floats as number[])[1], -0)).toBe(true);
  });

  it('may hold tensors and tuples', () => {
    const path = join(folder, 'a.pth');
    const moment = rawArray('bfloat16', [3], new Uint16Array([1, 2, 0xffff]));
    writePth(path, weights, {
      optimizer: { state: new Map([[0, { exp_avg: moment }]]), betas: new PyTuple([0.9, 0.99]) },
    });
    const { optimizer } = readCheckpoint(path).other as {
      optimizer: { state: Map<number, { exp_avg: typeof moment }>; betas: number[] };
    };
    const read = optimizer.state.get(0)!.exp_avg;
    expect(comparable(new Map([['m', read]]))).toEqual(comparable(new Map([['m', moment]])));
    expect(optimizer.betas).toEqual([0.9, 0.99]);
  });

  it.each([
    ['undefined', { a: undefined }],
    ['functions', { a: () => 1 }],
    ['dates', { a: new Date() }],
    ['arrays NumPy alone has', { a: rawArray('uint32', [1], new Uint32Array(1)) }],
    ['a second state_dict', { state_dict: 1 }],
  ])('cannot be %s', (_, extra) => {
    const path = join(folder, 'a.pth');
    expect(() => writePth(path, weights, extra as unknown as Record<string, PicklableData>)).toThrow(
      InvalidArgumentError,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('cannot contain itself', () => {
    const loop: PicklableData[] = [];
    loop.push(loop);
    expect(() => writePth(join(folder, 'a.pth'), weights, { loop })).toThrow(InvalidArgumentError);
  });
});

describe('writers', () => {
  const weights: StateDict = new Map(
    TENSOR_DTYPES.map((dtype) => [dtype, randomArray(new Random(3), dtype)]),
  );

  it('give the same bytes for the same weights, whatever their order in .safetensors', () => {
    const paths = ['a', 'b', 'c', 'd'].map((name) => join(folder, name)) as [string, string, string, string];
    writeSafetensors(paths[0], weights, { b: '1', a: '2' });
    writeSafetensors(paths[1], new Map([...weights].reverse()), { a: '2', b: '1' });
    writePth(paths[2], weights);
    writePth(paths[3], weights);
    expect(readFileSync(paths[0]).equals(readFileSync(paths[1]))).toBe(true);
    expect(readFileSync(paths[2]).equals(readFileSync(paths[3]))).toBe(true);
  });

  it('begin tensors at aligned positions', () => {
    const path = join(folder, 'a.safetensors');
    writeSafetensors(path, weights);
    expect(readFileSync(path).readUInt32LE(0) % 8).toBe(0);
    const pth = join(folder, 'a.pth');
    writePth(pth, new Map([['w', rawArray('uint8', [5], Buffer.from('MARK!'))]]));
    expect(readFileSync(pth).indexOf('MARK!') % 64).toBe(0);
  });

  it('store tied weights once', () => {
    const tied = rawArray('float32', [1000], new Float32Array(1000).fill(7));
    const view = rawArray('float32', [10, 100], new Float32Array(tied.data.buffer));
    const path = join(folder, 'a.pth');
    writePth(
      path,
      new Map([
        ['a', tied],
        ['b', tied],
        ['c', view],
      ]),
    );
    expect(statSync(path).size).toBeLessThan(6000);
    expect(typedValues(readCheckpoint(path).stateDict.get('c')!)[999]).toBe(7);
  });

  it('never replace a file unless told to, and leave nothing behind when they fail', () => {
    const path = join(folder, 'sub', 'a.pth');
    writePth(path, weights);
    const before = readFileSync(path);
    expect(() => writePth(path, new Map())).toThrow(OutputExistsError);
    const broken: StateDict = new Map([['w', { dtype: 'float32', shape: [3], data: new Uint8Array(5) }]]);
    expect(() => writePth(path, broken, undefined, { overwrite: true })).toThrow(InvalidArgumentError);
    expect(() => writeSafetensors(path, broken, {}, { overwrite: true })).toThrow(InvalidArgumentError);
    expect(readdirSync(join(folder, 'sub'))).toEqual(['a.pth']);
    expect(readFileSync(path).equals(before)).toBe(true);
    writePth(path, readCheckpoint(path).stateDict, undefined, { overwrite: true });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('write .safetensors without tensors', () => {
    const path = join(folder, 'a.safetensors');
    writeSafetensors(path, new Map());
    expect(readSafetensors(path).stateDict.size).toBe(0);
    expect(() => writeSafetensors(path, new Map([['__metadata__', weights.get('bool')!]]))).toThrow(
      InvalidArgumentError,
    );
  });
});

describe('lazy tensors', () => {
  it('read the file when asked, and notice that it changed', () => {
    const path = join(folder, 'a.pth');
    const make = (value: number): StateDict =>
      new Map([['w', rawArray('float32', [2, 2], new Float32Array(4).fill(value))]]);
    writePth(path, make(1));
    const { stateDict } = readCheckpoint(path);
    const tensor = stateDict.get('w')!;
    expect(tensor.data).not.toBe(tensor.data);
    expect(stripPrefix(stateDict, 'w').get('')!.data).toEqual(tensor.data);
    writePth(path, make(2), { more: 1 }, { overwrite: true });
    expect(() => tensor.data).toThrow(FileChangedError);
    rmSync(path);
    expect(() => tensor.data).toThrow(UnreadableFileError);
  });

  it('cannot come from folders or missing files', () => {
    expect(() => readCheckpoint(folder)).toThrow(UnreadableFileError);
    expect(() => readCheckpoint(join(folder, 'missing.pth'))).toThrow(/no such file/);
  });
});

describe('NumPy files', () => {
  it.each([
    'float64',
    'float32',
    'float16',
    'int64',
    'uint64',
    'int32',
    'uint32',
    'int16',
    'uint16',
    'int8',
    'uint8',
    'bool',
  ] as const)('%s comes back bit for bit', (dtype) => {
    const random = new Random(5);
    for (let i = 0; i < 8; i++) {
      const array = randomArray(random, dtype);
      const path = join(folder, 'a.npy');
      writeNpy(path, array, { overwrite: true });
      expect(comparable(new Map([['a', readNpy(path)]]))).toEqual(comparable(new Map([['a', array]])));
      writeNpz(
        join(folder, 'a.npz'),
        new Map([
          ['x', array],
          ['é', array],
        ]),
        { overwrite: true },
      );
      const archive = readNpz(join(folder, 'a.npz'));
      expect(archive.names).toEqual(['x', 'é']);
      expect(comparable(new Map([['a', archive.read('é')]]))).toEqual(comparable(new Map([['a', array]])));
    }
  });

  it.each(['f8', 'f2', 'b1', 'i1', 'u8', 'scalar', 'empty'])(
    '%s.npy is written as NumPy writes it',
    (name) => {
      const golden = new URL(`../golden/checkpoints/${name}.npy`, import.meta.url).pathname;
      writeNpy(join(folder, 'a.npy'), readNpy(golden));
      expect(readFileSync(join(folder, 'a.npy')).equals(readFileSync(golden))).toBe(true);
    },
  );

  it('cannot hold bfloat16', () => {
    expect(() => writeNpy(join(folder, 'a.npy'), rawArray('bfloat16', [1], new Uint16Array(1)))).toThrow(
      InvalidArgumentError,
    );
  });

  it('lack the array that is asked for', () => {
    writeNpz(join(folder, 'a.npz'), new Map());
    expect(() => readNpz(join(folder, 'a.npz')).read('x')).toThrow(CorruptFileError);
  });
});

describe('safetensors headers', () => {
  function file(header: unknown, data: Buffer = Buffer.alloc(8), text = JSON.stringify(header)): string {
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
    const path = join(folder, 'a.safetensors');
    writeFileSync(path, Buffer.concat([prefix, Buffer.from(text), data]));
    return path;
  }
  const tensor = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };

  it('are read when right', () => {
    expect(readSafetensors(file({ w: tensor })).stateDict.get('w')!.shape).toEqual([2]);
  });

  it.each([640, 896, 1152, 1408])('of %i bytes are not taken for a pickle', (length) => {
    const text = JSON.stringify({ w: tensor }).padEnd(length);
    const path = file(null, undefined, text);
    expect(readCheckpoint(path).format).toBe('safetensors');
    writeFileSync(path, readFileSync(path).subarray(0, 100));
    expect(() => readCheckpoint(path)).toThrow(WeightsError);
  });

  it.each([
    ['of another length than announced', {}, Buffer.alloc(8)],
    ['with a hole', { w: { ...tensor, shape: [1], data_offsets: [4, 8] } }],
    ['with an overlap', { v: tensor, w: tensor }],
    ['that overlap in part', { v: tensor, w: { ...tensor, shape: [1], data_offsets: [4, 8] } }],
    ['with offsets past the end', { w: { ...tensor, shape: [4], data_offsets: [0, 16] } }],
    ['with offsets backwards', { w: { ...tensor, data_offsets: [8, 0] } }],
    ['with negative offsets', { w: { ...tensor, data_offsets: [-8, 0] } }],
    ['with fractions', { w: { ...tensor, shape: [0.5] } }],
    ['with sizes past all numbers', { w: { ...tensor, shape: [2 ** 52, 2 ** 52] } }],
    ['without a shape', { w: { dtype: 'F32', data_offsets: [0, 8] } }],
    ['with three offsets', { w: { ...tensor, data_offsets: [0, 8, 8] } }],
    ['with unknown fields', { w: { ...tensor, x: 1 } }],
    ['with a list for a tensor', { w: [] }],
    ['with numbers as metadata', { __metadata__: { a: 1 }, w: tensor }],
    ['that are a list', [tensor]],
  ])('%s are refused', (_, header, data?: Buffer) => {
    expect(() => readSafetensors(file(header, data))).toThrow(CorruptFileError);
  });

  it.each([
    [
      'a name twice',
      '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
    ],
    ['a field twice', '{"w":{"dtype":"F64","dtype":"F32","shape":[2],"data_offsets":[0,8]}}'],
    ['no JSON', '{"w":'],
    ['nesting without end', `{"w":${'['.repeat(100_000)}`],
    ['a blank before the brace', ' {}'],
  ])('with %s are refused', (_, text) => {
    expect(() => readSafetensors(file(null, undefined, text))).toThrow(CorruptFileError);
  });

  it('of absurd lengths are refused', () => {
    const path = join(folder, 'a.safetensors');
    for (const length of [2n ** 64n - 1n, 2n ** 63n, 2n ** 40n]) {
      const bytes = Buffer.alloc(16, '{');
      bytes.writeBigUInt64LE(length);
      writeFileSync(path, bytes);
      expect(() => readSafetensors(path)).toThrow(CorruptFileError);
    }
    writeFileSync(path, Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 0x7b]));
    expect(() => readSafetensors(path)).toThrow(TruncatedFileError);
  });

  it.each(['F8_E4M3', 'U16', 'C64', 'X'])(
    'with elements of type %s are refused, and the tensor is named',
    (dtype) => {
      const read = () => readSafetensors(file({ 'conv.weight': { ...tensor, dtype } }));
      expect(read).toThrow(UnsupportedContentError);
      expect(read).toThrow(/conv\.weight/);
    },
  );
});
