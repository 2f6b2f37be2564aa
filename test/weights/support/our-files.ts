import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../../src/core/index.ts';
import {
  byteLength,
  PyTuple,
  rawArray,
  type StateDict,
  writeNpy,
  writeNpz,
  writePth,
  writeSafetensors,
} from '../../../src/weights/index.ts';
import { TENSOR_DTYPES } from './random-weights.ts';

function ourWeights(): StateDict {
  const random = new Random(2026);
  const weights: StateDict = new Map();
  for (const dtype of TENSOR_DTYPES) {
    const data = Uint8Array.from({ length: byteLength(dtype, [3, 5]) }, () =>
      random.below(dtype === 'bool' ? 2 : 256),
    );
    weights.set(dtype, rawArray(dtype, [3, 5], data));
  }
  weights.set('scalar', rawArray('float32', [], new Float32Array([2.5])));
  weights.set('empty', rawArray('float16', [0, 3], new Uint16Array()));
  weights.set('tied', weights.get('float32')!);
  weights.set('model.é.weight', rawArray('int64', [2], new BigInt64Array([-1n, 1n << 62n])));
  return weights;
}

/** Writes one file with each of our writers, and `manifest.json` that says what is in them. */
export function writeOurFiles(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const weights = ourWeights();
  const options = { overwrite: true };
  writePth(join(folder, 'bare.pth'), weights, undefined, options);
  const extra = {
    epoch: 65,
    best: 0.5443,
    name: 'é 𝛼',
    numbers: [0, 255, 256, 65536, -1, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, 12345678901234567890n],
    floats: [0.1, 1e300, -0, Number.NaN],
    bytes: Uint8Array.from({ length: 256 }, (_, i) => i),
    flags: [true, false, null],
    set: new Set(['a', 'b']),
    optimizer: {
      betas: new PyTuple([0.9, 0.99]),
      state: new Map([[0, { exp_avg: weights.get('float64')! }]]),
    },
  };
  writePth(join(folder, 'training.ckpt'), weights, extra, options);
  writeSafetensors(join(folder, 'bare.safetensors'), weights, { format: 'pt' }, options);
  const arrays = new Map([...weights].filter(([, { dtype }]) => dtype !== 'bfloat16'));
  writeNpz(join(folder, 'arrays.npz'), arrays, options);
  writeNpy(join(folder, 'float32.npy'), weights.get('float32')!, options);
  const manifest = [...weights].map(([name, { dtype, shape, data }]) => {
    return { name, dtype, shape, hex: Buffer.from(data).toString('hex') };
  });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

if (process.argv[1] === new URL(import.meta.url).pathname) writeOurFiles(process.argv[2]!);
