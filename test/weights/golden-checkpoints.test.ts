import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  ForbiddenPickleGlobalError,
  ignSegmentationWeights,
  NoStateDictError,
  OpaqueObject,
  type RawArray,
  readCheckpoint,
  readNpy,
  readNpz,
  stripDataParallel,
  typedValues,
  UnknownFormatError,
  UnsupportedContentError,
} from '../../src/weights/index.ts';

const FOLDER = new URL('../golden/checkpoints/', import.meta.url).pathname;

interface Listed {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly hex: string;
}

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(FOLDER + name, 'utf8')) as T;
}

function listing({ dtype, shape, data }: RawArray): Listed {
  return { dtype, shape, hex: Buffer.from(data).toString('hex') };
}

function listAll(arrays: ReadonlyMap<string, RawArray>): Record<string, Listed> {
  return Object.fromEntries([...arrays].map(([name, array]) => [name, listing(array)]));
}

describe.each(['torch1.13', 'torch2.13'])('files written by %s', (tag) => {
  const expected = readJson<Record<string, { format: string; tensors: Record<string, Listed> }>>(
    `expected-${tag}.json`,
  );

  it.each(Object.keys(expected))('%s is read bit for bit', (name) => {
    const { format, stateDict } = readCheckpoint(FOLDER + name);
    expect(format).toBe(expected[name]!.format);
    const found = listAll(stateDict);
    expect(Object.keys(found).sort()).toEqual(Object.keys(expected[name]!.tensors).sort());
    expect(found).toEqual(expected[name]!.tensors);
  });

  it('covers both containers and four protocols', () => {
    expect(Object.keys(expected).filter((name) => name.includes('protocol')).length).toBeGreaterThanOrEqual(
      8,
    );
  });
});

describe('checkpoints of trainers', () => {
  it("reads Lightning's, with what stands beside the weights as plain data", () => {
    const { stateDict, other } = readCheckpoint(`${FOLDER}lightning.ckpt`);
    expect([...ignSegmentationWeights(stateDict).keys()]).toEqual([
      'encoder.conv1.weight',
      'segmentation_head.0.bias',
    ]);
    expect(other).toMatchObject({ epoch: 65, global_step: 8125, 'pytorch-lightning_version': '1.8.6' });
    expect(other).toMatchObject({ device: 'cuda:0', dtype: 'torch.bfloat16', size: [2, 3] });
    expect(other).toMatchObject({ args: { conf: 'flair.yaml', strict: true } });
    expect(other.state_dict).toBeUndefined();
  });

  it('keeps objects of frameworks as inert data', () => {
    const { other } = readCheckpoint(`${FOLDER}lightning.ckpt`);
    const hyper = other.hyper_parameters as OpaqueObject;
    expect(hyper).toBeInstanceOf(OpaqueObject);
    expect(hyper.pythonClass).toBe('lightning_fabric.utilities.data.AttributeDict');
    const text = JSON.stringify(hyper, (_, value: unknown) =>
      value instanceof Uint8Array ? undefined : value,
    );
    expect(text).toContain('"lr":0.02');
    expect(text).toContain('/data/flair');
    expect(text).toContain('torch.nn.modules.loss.CrossEntropyLoss');
  });

  it('refuses the same objects when told to', () => {
    const read = () => readCheckpoint(`${FOLDER}lightning.ckpt`, { unknownGlobals: 'error' });
    expect(read).toThrow(ForbiddenPickleGlobalError);
    expect(read).toThrow(/pytorch_lightning\.callbacks\.model_checkpoint\.ModelCheckpoint/);
  });

  it("keeps the optimiser's tensors", () => {
    const { other } = readCheckpoint(`${FOLDER}lightning.ckpt`);
    const [optimizer] = other.optimizer_states as { state: Map<number, { exp_avg: RawArray }> }[];
    expect(typedValues(optimizer!.state.get(0)!.exp_avg)).toEqual(new Float32Array([0.1, 0.1, 0.1, 0.1]));
  });

  it('takes other weights of the file on request', () => {
    const { stateDict } = readCheckpoint(`${FOLDER}timm.pth`, { key: 'state_dict_ema' });
    expect(typedValues(stateDict.get('decode_head.conv_seg.bias')!)).toEqual(new Float32Array([1, 2, 3]));
    const read = () => readCheckpoint(`${FOLDER}timm.pth`, { key: 'teacher' });
    expect(read).toThrow(NoStateDictError);
    expect(read).toThrow(/model, state_dict_ema, epoch/);
  });

  it('gathers the weights of a whole pickled module', () => {
    const { stateDict } = readCheckpoint(`${FOLDER}whole-model.pth`);
    const shapes = [...stateDict].map(([name, { shape }]) => [name, shape]);
    expect(shapes).toEqual([
      ['0.weight', [1, 2]],
      ['0.bias', [1]],
    ]);
    const read = () => readCheckpoint(`${FOLDER}whole-model.pth`, { unknownGlobals: 'error' });
    expect(read).toThrow(/torch\.nn\.modules\.container\.Sequential/);
  });

  it('takes off the prefix of data-parallel wrappers', () => {
    const { stateDict } = readCheckpoint(`${FOLDER}data-parallel.pth`);
    expect([...stripDataParallel(stateDict).keys()][0]).toBe('backbone.patch_embed.proj.weight');
  });

  it.each([2, 5])('reads NumPy values of pickle protocol %i', (protocol) => {
    const { other } = readCheckpoint(`${FOLDER}numpy-protocol${protocol}.pth`);
    expect(typedValues(other.array as RawArray)).toEqual(new Float32Array([0, 1, 2, 3, 4, 5]));
    expect(typedValues(other.fortran as RawArray)).toEqual(new Uint32Array([0, 1, 2, 3, 4, 5]));
    expect(other).toMatchObject({ double: 0.25, count: 12, flag: true });
    expect((other.texts as OpaqueObject).pythonClass).toMatch(/numpy array of U1/);
  });
});

describe('files that are refused', () => {
  it.each([
    ['evil.pth', ForbiddenPickleGlobalError, /posix\.system/],
    ['evil-legacy.pth', ForbiddenPickleGlobalError, /posix\.system/],
    ['quantised.pth', UnsupportedContentError, /w is a quantised tensor/],
    ['sparse.pth', UnsupportedContentError, /w is a sparse tensor/],
    ['complex.pth', UnsupportedContentError, /w is a tensor on a torch\.ComplexFloatStorage/],
    ['uint16.pth', UnsupportedContentError, /w is a tensor of type uint16/],
    ['float8.pth', UnsupportedContentError, /w is a tensor of type float8_e4m3fn/],
    ['meta.pth', UnsupportedContentError, /w is a tensor without data/],
    ['no-weights.pth', NoStateDictError, /epoch, lr/],
    ['list.pth', NoStateDictError, /no dict of weights/],
    ['torchscript.pt', UnsupportedContentError, /TorchScript/],
    ['deflated.pth', UnsupportedContentError, /compressed/],
    ['arrays.npz', UnknownFormatError, /\.npz/],
  ])('%s', (name, error, message) => {
    const read = () => readCheckpoint(FOLDER + name);
    expect(read).toThrow(error);
    expect(read).toThrow(message);
  });

  it('names the global and the place of an object among the weights, in every mode', () => {
    const read = () => readCheckpoint(`${FOLDER}evil-legacy.pth`, { unknownGlobals: 'opaque' });
    expect(read).toThrow(ForbiddenPickleGlobalError);
    expect(read).toThrow(/posix\.system at evil/);
  });

  it('reads around an object beside the weights when told to, without running it', () => {
    const { stateDict, other } = readCheckpoint(`${FOLDER}evil.pth`, { unknownGlobals: 'opaque' });
    expect([...stateDict.keys()]).toEqual(['w']);
    expect(other.callbacks).toEqual(new OpaqueObject('posix.system', ['echo executed']));
  });
});

describe('NumPy files', () => {
  const expected = readJson<Record<string, Listed>>('expected-numpy.json');

  it.each(Object.keys(expected))('%s.npy is read bit for bit', (name) => {
    expect(listing(readNpy(`${FOLDER}${name}.npy`))).toEqual(expected[name]);
  });

  it('reads plain and compressed archives', () => {
    const plain = readNpz(`${FOLDER}arrays.npz`);
    expect([...plain.names].sort()).toEqual(Object.keys(expected).sort());
    for (const name of plain.names) expect(listing(plain.read(name))).toEqual(expected[name]);
    const compressed = readNpz(`${FOLDER}compressed.npz`);
    for (const name of plain.names) expect(listing(compressed.read(name))).toEqual(expected[name]);
    expect(compressed.read('zeros').data.every((byte) => byte === 0)).toBe(true);
  });

  it.each(['structured', 'complex'])('%s.npy is refused', (name) => {
    expect(() => readNpy(`${FOLDER}${name}.npy`)).toThrow(UnsupportedContentError);
  });
});
