import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bufferSource } from '../../src/weights/byte-source.ts';
import {
  CorruptFileError,
  ForbiddenPickleGlobalError,
  OpaqueObject,
  readCheckpointBytes,
  TruncatedFileError,
  UnsupportedContentError,
  WeightsError,
  WeightsTooLargeError,
} from '../../src/weights/index.ts';
import { readNpySource } from '../../src/weights/numpy/npy.ts';
import { readNpzSource } from '../../src/weights/numpy/npz.ts';
import { drain } from './support/drain.ts';
import { checkpointOf, RawPickle, zipOf } from './support/pickle-writer.ts';

const GOLDEN = new URL('../golden/checkpoints/', import.meta.url).pathname;
const MODES = ['error', 'frameworks'] as const;

/** `{'state_dict': {'w': tensor}, 'x': …}`, with what `fill` writes as x. */
function around(fill: (pickle: RawPickle) => void): Buffer {
  const pickle = new RawPickle()
    .op('}(')
    .text('state_dict')
    .op('}')
    .text('w')
    .tensor([2n], [1n])
    .op('s')
    .text('x');
  fill(pickle);
  return checkpointOf(pickle.op('u').end());
}

function reading(bytes: Uint8Array, options = {}) {
  return () => drain(readCheckpointBytes(bytes, options));
}

describe('globals that could run code', () => {
  const calls: [string, string, (pickle: RawPickle) => void][] = [
    ['os', 'system', (p) => p.global('os', 'system').op('(').text('echo executed').op('tR')],
    ['posix', 'system', (p) => p.op(0x8c, 5, 'posix', 0x8c, 6, 'system', 0x93).text('x').op(0x85, 'R')],
    ['builtins', 'eval', (p) => p.global('__builtin__', 'eval').text('1').op(0x85, 'R')],
    ['builtins', 'getattr', (p) => p.global('builtins', 'getattr').text('x').text('y').op(0x86, 'R')],
    ['subprocess', 'Popen', (p) => p.global('subprocess', 'Popen').text('ls').op(0x85, 0x81)],
    ['functools', 'partial', (p) => p.global('functools', 'partial').op(')', 0x81)],
    ['torch.storage', '_load_from_bytes', (p) => p.global('torch.storage', '_load_from_bytes').op(')R')],
    ['torch.hub', 'load', (p) => p.global('torch.hub', 'load').op(')R')],
    ['numpy.core.multiarray', 'fromfile', (p) => p.global('numpy.core.multiarray', 'fromfile').op(')R')],
    [
      'builtins',
      '__import__',
      (p) => p.op('(').text('module').global('builtins', '__import__').text('').text('').op('tQ'),
    ],
    ['runpy', '_run_code', (p) => p.global('runpy', '_run_code')],
    ['pytorch_lightning_evil', 'x', (p) => p.global('pytorch_lightning_evil', 'x')],
  ];

  it.each(calls)('%s.%s is refused and named', (module, name, fill) => {
    for (const unknownGlobals of MODES) {
      expect(reading(around(fill), { unknownGlobals })).toThrow(ForbiddenPickleGlobalError);
      expect(reading(around(fill), { unknownGlobals })).toThrow(`${module}.${name}`);
    }
  });

  it.each(calls)('%s.%s becomes inert data when told to', (module, name, fill) => {
    const { other } = readCheckpointBytes(around(fill), { unknownGlobals: 'opaque' });
    const path = other.x instanceof OpaqueObject ? other.x.pythonClass : other.x;
    expect(path).toBe(`${module}.${name}`);
  });

  it.each(['toString', '__proto__', 'constructor', 'hasOwnProperty'])('%s is no known global', (name) => {
    expect(reading(around((p) => p.global('builtins', name)))).toThrow(ForbiddenPickleGlobalError);
    expect(reading(around((p) => p.global(name, name)))).toThrow(ForbiddenPickleGlobalError);
  });

  it('cannot be set as the prototype of the data', () => {
    const { other } = readCheckpointBytes(
      around((p) => p.op('}').text('__proto__').op('}').text('polluted').op(0x88, 'ss')),
    );
    expect(Object.keys(other.x as object)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    ['a call of what is no function', (p: RawPickle) => p.text('x').op(')R')],
    ['a call of a type', (p: RawPickle) => p.global('torch', 'float32').op(')R')],
    ['a call without a tuple', (p: RawPickle) => p.global('torch', 'Size').op(']R')],
    ['a state for a number', (p: RawPickle) => p.int(1).op('}b')],
    ['an opcode of protocol 0', (p: RawPickle) => p.op('I1\n')],
    ['an extension code', (p: RawPickle) => p.op(0x82, 1)],
    ['a memo entry that was never stored', (p: RawPickle) => p.op('h', 9)],
    ['too few values', (p: RawPickle) => p.op('000000')],
  ])('%s is refused', (_, fill) => {
    expect(reading(around(fill))).toThrow(WeightsError);
  });
});

describe('pickles that ask for memory', () => {
  const small = { maxPickleMemory: 4 << 20 };

  it.each([
    ['a million dicts', (p: RawPickle) => p.op('(', '}'.repeat(1_000_000), 'l'.replace('l', 't'))],
    [
      'copies of a text',
      (p: RawPickle) => {
        p.op('(').text('x'.repeat(10_000)).op('q', 9);
        for (let i = 0; i < 2000; i++) p.global('_codecs', 'encode').op('h', 9).text('latin1').op(0x86, 'R');
        p.op('t');
      },
    ],
    [
      'copies of a list',
      (p: RawPickle) => {
        p.op('(](', 'N'.repeat(10_000), 'eq', 9);
        for (let i = 0; i < 500; i++) p.global('builtins', 'set').op('h', 9, 0x85, 'R');
        p.op('t');
      },
    ],
    [
      'copies of a path',
      (p: RawPickle) => {
        p.op('(').text('x'.repeat(10_000)).op('q', 9);
        for (let i = 0; i < 2000; i++) p.global('pathlib', 'Path').op('h', 9, 0x85, 'R');
        p.op('t');
      },
    ],
    [
      'an endless memo',
      (p: RawPickle) => {
        p.op('N');
        for (let i = 0; i < 200_000; i++) p.uint32('r', i * 7);
      },
    ],
  ])('%s', (_, fill) => {
    expect(reading(around(fill), small)).toThrow(WeightsTooLargeError);
  });

  it('values that repeat each other (a billion laughs)', () => {
    const laughs = (p: RawPickle) => {
      p.op('](', 'N'.repeat(10), 'eq', 1);
      for (let level = 2; level < 14; level++)
        p.op('](', ...Array.from({ length: 10 }, () => ['h', level - 1]).flat(), 'eq', level);
    };
    expect(reading(around(laughs))).toThrow(WeightsTooLargeError);
  });

  it('bytes and numbers of impossible lengths', () => {
    expect(reading(around((p) => p.uint64(0x8e, 1n << 60n)))).toThrow(WeightsError);
    expect(reading(around((p) => p.uint64(0x8d, (1n << 64n) - 1n)))).toThrow(WeightsError);
    expect(reading(around((p) => p.uint32('B', 0xffffffff)))).toThrow(WeightsError);
    expect(reading(around((p) => p.uint32('B', 1_000_000)))).toThrow(TruncatedFileError);
    expect(reading(around((p) => p.uint32(String.fromCharCode(0x8b), 0x7fffffff)))).toThrow(CorruptFileError);
    expect(
      reading(
        around((p) =>
          p
            .global('builtins', 'bytearray')
            .long(1n << 40n)
            .op(0x85, 'R'),
        ),
      ),
    ).toThrow(CorruptFileError);
    expect(reading(around((p) => p.op('c', 'x'.repeat(5000))))).toThrow(CorruptFileError);
  });

  it('data that contains itself', () => {
    expect(reading(around((p) => p.op(']q', 1, 'h', 1, 'a')))).toThrow(CorruptFileError);
    expect(reading(around((p) => p.op('}q', 1).text('me').op('h', 1, 's')))).toThrow(/refers back to itself/);
  });

  it('data nested without end', () => {
    expect(reading(around((p) => p.op(']'.repeat(100_000), 'a'.repeat(99_999))))).toThrow(/200 levels deep/);
    expect(reading(around((p) => p.op(')', String.fromCharCode(0x85).repeat(100_000))))).toThrow(
      CorruptFileError,
    );
  });

  it('modules that hold each other many times over', () => {
    const modules = (p: RawPickle) => {
      p.op('N');
      for (let level = 1; level < 12; level++) {
        p.global('torch.nn.modules.module', 'Module')
          .op(')R}(')
          .text('_parameters')
          .op('}')
          .text('_modules')
          .op('}(');
        for (let i = 0; i < 10 && level > 1; i++) p.text(`m${i}`).op('h', level - 1);
        p.op('uub', 'q', level);
      }
    };
    const pickle = new RawPickle();
    modules(pickle);
    pickle.op('q', 50, '0', '0'.repeat(11), 'h', 50);
    expect(reading(checkpointOf(pickle.end()))).toThrow(/contain each other without end/);
  });

  it('dicts that hold each other many times over', () => {
    const pickle = new RawPickle().op('}(').text('epoch').op('N').text('x').op('Nu', 'q', 0);
    const keys = ['state_dict', 'model', 'net', 'network', 'module', 'weights', 'params', 'model_state'];
    for (let level = 1; level < 6; level++) {
      pickle.op('}(');
      for (const key of keys) pickle.text(key).op('h', level - 1);
      pickle.op('u', 'q', level);
    }
    pickle.op('q', 50, '000000', 'h', 50);
    expect(reading(checkpointOf(pickle.end()))).toThrow(/no dict of weights was found/);
  });

  it('names that never end, or that would command the terminal', () => {
    const evil = around((p) =>
      p
        .text('os')
        .text(`\x1b[2J${'x'.repeat(100_000)}`)
        .op(0x93),
    );
    try {
      reading(evil)();
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(2000);
      expect((error as Error).message).not.toContain('\x1b');
    }
  });

  it('objects that contain themselves are cut where they begin again', () => {
    const { other } = readCheckpointBytes(
      around((p) => p.global('lightning', 'Trainer').op(')R', 'q', 1, '}').text('me').op('h', 1, 'sb')),
    );
    expect(JSON.stringify(other.x)).toContain('a value that refers back to itself');
  });
});

describe('tensors that lie', () => {
  const tensor = (...args: Parameters<RawPickle['tensor']>) =>
    checkpointOf(
      new RawPickle()
        .op('}')
        .text('w')
        .tensor(...args)
        .op('s')
        .end(),
    );

  it.each([
    ['more elements than the storage', [[3n], [1n]]],
    ['an offset past the storage', [[2n], [1n], { offset: 1n }]],
    ['a stride past the storage', [[2n], [2n]]],
    ['a huge storage', [[2n], [1n], { elements: 1n << 50n }]],
    ['a negative size', [[-2n], [1n]]],
    ['a negative stride', [[2n], [-1n]]],
    ['a negative offset', [[1n], [1n], { offset: -1n }]],
    ['fewer strides than sizes', [[2n, 1n], [1n]]],
    [
      'sizes past all integers',
      [
        [1n << 62n, 1n << 62n],
        [1n, 1n],
      ],
    ],
    ['a storage that is not there', [[2n], [1n], { key: '1' }]],
    ['a storage outside the archive', [[2n], [1n], { key: '../../../etc/passwd' }]],
  ] as [string, Parameters<RawPickle['tensor']>][])('%s', (_, args) => {
    expect(reading(tensor(...args))).toThrow(CorruptFileError);
  });

  it('a view that repeats one element a million million times', () => {
    expect(reading(tensor([1n << 40n], [0n]))).toThrow(WeightsTooLargeError);
    expect(reading(tensor([1n << 26n, 1n << 26n], [0n, 0n]))).toThrow(WeightsTooLargeError);
  });

  it('sizes of zero beside huge ones are an empty tensor', () => {
    expect(reading(tensor([1n << 50n, 0n, 1n << 50n], [1n, 1n, 1n]))()).toBe(0);
  });

  it('a flipped bit in the data', () => {
    const bytes = tensor([2n], [1n]);
    const at = bytes.indexOf('archive/data/0') + 'archive/data/0'.length;
    bytes[at + 3]! ^= 4;
    expect(reading(bytes)).toThrow(/checksum of the entry archive\/data\/0/);
  });

  it('a NumPy array of another size than its bytes', () => {
    const array = (p: RawPickle) => {
      p.global('numpy.core.multiarray', '_reconstruct')
        .global('numpy', 'ndarray')
        .int(0)
        .op(0x85)
        .text('b')
        .op(0x87, 'R(');
      p.int(1)
        .long(1n << 40n)
        .op(0x85)
        .global('numpy', 'dtype')
        .text('f4')
        .op(0x85, 'R', 0x89)
        .text('abcd')
        .op('tb');
    };
    expect(reading(around(array))).toThrow(CorruptFileError);
  });
});

describe('archives that lie', () => {
  const good = checkpointOf(new RawPickle().op('}').text('w').tensor([2n], [1n]).op('s').end());
  const endAt = good.length - 22;

  function changed(change: (bytes: Buffer) => void): Buffer {
    const bytes = Buffer.from(good);
    change(bytes);
    return bytes;
  }

  it('is a valid file before it is changed', () => {
    expect(reading(good)()).toBe(8);
  });

  it.each(['../../etc/passwd', '/etc/passwd', 'a/../../b', 'C:\\x', 'a\\..\\b', '', 'x\0y'])(
    'an entry called %j',
    (name) => {
      expect(reading(zipOf({ 'archive/data.pkl': Buffer.from('x'), [name]: Buffer.from('y') }))).toThrow(
        /leads out of the archive/,
      );
    },
  );

  it.each([
    [
      'more entries than there are',
      (b: Buffer) => {
        b.writeUInt16LE(9, endAt + 8);
        b.writeUInt16LE(9, endAt + 10);
      },
    ],
    [
      'fewer entries than there are',
      (b: Buffer) => {
        b.writeUInt16LE(1, endAt + 8);
        b.writeUInt16LE(1, endAt + 10);
      },
    ],
    ['a directory elsewhere', (b: Buffer) => b.writeUInt32LE(0, endAt + 16)],
    ['a directory past the end', (b: Buffer) => b.writeUInt32LE(0xfffffff0, endAt + 16)],
    ['several disks', (b: Buffer) => b.writeUInt16LE(1, endAt + 4)],
    ['an encrypted entry', (b: Buffer) => b.writeUInt16LE(1, b.readUInt32LE(endAt + 16) + 8)],
    ['an unknown compression', (b: Buffer) => b.writeUInt16LE(99, b.readUInt32LE(endAt + 16) + 10)],
    ['sizes that disagree', (b: Buffer) => b.writeUInt32LE(3, b.readUInt32LE(endAt + 16) + 24)],
    [
      'a size past the end',
      (b: Buffer) => {
        const at = b.readUInt32LE(endAt + 16);
        b.writeUInt32LE(1 << 30, at + 20);
        b.writeUInt32LE(1 << 30, at + 24);
      },
    ],
    [
      'another name in the local header',
      (b: Buffer) => {
        b[30] = 0x7a;
      },
    ],
    [
      'a zip64 entry without sizes',
      (b: Buffer) => {
        const at = b.readUInt32LE(endAt + 16);
        b.writeUInt32LE(0xffffffff, at + 20);
        b.writeUInt32LE(0xffffffff, at + 24);
      },
    ],
  ])('%s', (_, change) => {
    expect(reading(changed(change))).toThrow(WeightsError);
  });

  it('entries over one another, as zip bombs have', () => {
    const bytes = changed((b) => {
      const first = b.readUInt32LE(endAt + 16);
      const second = b.indexOf(Buffer.from('PK\x01\x02', 'latin1'), first + 4);
      b.writeUInt32LE(1, second + 42);
    });
    expect(reading(bytes)).toThrow(/runs into the one after it|differs/);
  });

  it('an entry twice', () => {
    const bytes = zipOf({ 'archive/data.pkl': Buffer.from('x'), 'archive/data.pkm': Buffer.from('y') });
    for (let at = bytes.indexOf('data.pkm'); at >= 0; at = bytes.indexOf('data.pkm'))
      bytes.write('data.pkl', at);
    expect(reading(bytes)).toThrow(/occurs twice/);
  });

  it('a file that claims a huge compressed array', () => {
    const npy = readFileSync(`${GOLDEN}f8.npy`);
    const stored = deflateRawSync(npy);
    const bytes = zipOf({ 'a.npy': stored });
    const directory = bytes.readUInt32LE(bytes.length - 6);
    for (const at of [8, directory + 10]) bytes.writeUInt16LE(8, at);
    const claim = (size: number) => () => {
      bytes.writeUInt32LE(size, directory + 24);
      return readNpzSource(bufferSource(bytes)).read('a');
    };
    expect(claim(0x7fffffff)).toThrow(WeightsTooLargeError);
    expect(claim(npy.length - 1)).toThrow(CorruptFileError);
    expect(claim(npy.length + 1)).toThrow(CorruptFileError);
  });

  it('a bomb that inflates to far more than it says', () => {
    const bomb = deflateRawSync(Buffer.alloc(64 << 20));
    const bytes = zipOf({ 'a.npy': bomb });
    const directory = bytes.readUInt32LE(bytes.length - 6);
    for (const at of [8, directory + 10]) bytes.writeUInt16LE(8, at);
    bytes.writeUInt32LE(1000, directory + 24);
    expect(() => readNpzSource(bufferSource(bytes)).read('a')).toThrow(CorruptFileError);
    bytes.writeUInt32LE(64 << 20, directory + 24);
    expect(() => readNpzSource(bufferSource(bytes), { maxInflatedBytes: 1 << 20 }).read('a')).toThrow(
      WeightsTooLargeError,
    );
  });
});

describe('files that are taken for checkpoints', () => {
  it.each([
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n', /git lfs pull/],
    ['a web page', '<!DOCTYPE html><html>', /direct address/],
    ['an HDF5 file', '\x89HDF\r\n\x1a\n', /HDF5/],
    ['gzip', '\x1f\x8b\x08', /gzip/],
    ['a tar archive', `${'\0'.repeat(257)}ustar`, /tar archive/],
  ])('%s', (_, text, message) => {
    expect(reading(Buffer.from(text, 'latin1'))).toThrow(UnsupportedContentError);
    expect(reading(Buffer.from(text, 'latin1'))).toThrow(message);
  });

  it('an empty file', () => {
    expect(reading(new Uint8Array())).toThrow(TruncatedFileError);
  });
});

describe('cut at every byte', () => {
  it.each([
    'torch2.13-zip-protocol4.pth',
    'mmseg.pth',
    'legacy-parts.pth',
    'reference.safetensors',
    'timm.pth',
  ])('%s', (name) => {
    const bytes = readFileSync(GOLDEN + name);
    expect(reading(bytes)()).toBeGreaterThan(0);
    for (let length = 0; length < bytes.length; length++) {
      expect(reading(bytes.subarray(0, length)), `cut at ${length}`).toThrow(WeightsError);
    }
  });

  it.each(['f4-fortran.npy', 'arrays.npz', 'compressed.npz'])('%s', (name) => {
    const bytes = readFileSync(GOLDEN + name);
    for (let length = 0; length < bytes.length; length++) {
      const source = bufferSource(bytes.subarray(0, length));
      const read = () => {
        if (name.endsWith('.npy')) return readNpySource(source).data;
        const archive = readNpzSource(source);
        return archive.names.map((array) => archive.read(array).data);
      };
      expect(read, `cut at ${length}`).toThrow(WeightsError);
    }
  });
});
