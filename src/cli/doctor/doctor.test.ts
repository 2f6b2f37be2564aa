import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { nameBlas } from './blas.ts';
import type { Findings, MachineFindings, TorchFindings } from './findings.ts';
import { processorFeatures } from './machine.ts';
import { renderFindings } from './text.ts';
import { findTraps } from './traps.ts';

const execute = promisify(execFile);
const gibibyte = 2 ** 30;

const machine: MachineFindings = {
  system: 'Debian',
  processor: 'some processor',
  cores: 8,
  features: ['AVX2'],
  memory: { total: 32 * gibibyte, available: 30 * gibibyte },
  disk: { folder: '/data', total: 100 * gibibyte, free: 50 * gibibyte },
};
const torch: TorchFindings = {
  version: '2.13.0',
  route: 'venv',
  root: '/torch',
  threads: 8,
  cpuCapability: 'AVX2',
  blas: 'MKL (inside libtorch)',
  cudaDevices: 0,
};
const sound: Omit<Findings, 'warnings'> = {
  arpent: '0.1.0',
  node: '20.20.2',
  npm: '10.8.2',
  machine,
  torch,
  gdal: {
    version: '3.6.2',
    bundled: false,
    driverCount: 210,
    drivers: ['GTiff', 'JP2OpenJPEG'],
    absentDrivers: [],
  },
  onnxruntime: { version: '1.30.0', backends: ['cpu'] },
  gpus: [],
  environment: {},
};

describe('traps', () => {
  test('a sound machine has none', () => {
    expect(findTraps(sound)).toEqual([]);
  });

  test.each<[string, Partial<Omit<Findings, 'warnings'>>, RegExp]>([
    [
      'reference BLAS',
      { torch: { ...torch, blas: 'reference BLAS (/usr/lib/libblas.so.3)' } },
      /libopenblas0-pthread/,
    ],
    ['one thread', { torch: { ...torch, threads: 1 } }, /1 thread of 8 cores/],
    ['too many threads', { torch: { ...torch, threads: 16 } }, /16 threads on 8 cores/],
    ['an idle GPU', { gpus: ['NVIDIA H200'] }, /cannot use it/],
    [
      'little memory',
      { machine: { ...machine, memory: { total: 4 * gibibyte, available: gibibyte } } },
      /only 1\.0 GiB/,
    ],
    ['little disk', { machine: { ...machine, disk: { ...machine.disk, free: gibibyte } } }, /disk of \/data/],
    ['an old processor', { machine: { ...machine, features: ['FMA'] } }, /no AVX2/],
  ])('%s', (_, change, warning) => {
    const warnings = findTraps({ ...sound, ...change });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(warning);
  });
});

test('processor features are read on x86 and on ARM', () => {
  expect(processorFeatures('flags\t\t: fpu avx2 avx512f avx512_vnni amx_tile\n')).toEqual([
    'AVX2',
    'AVX512',
    'AVX512-VNNI',
    'AMX',
  ]);
  expect(processorFeatures('Features\t: fp asimd sve bf16\n')).toEqual(['NEON', 'SVE', 'BF16']);
  expect(processorFeatures('')).toEqual([]);
});

test('the BLAS in use is named by what libtorch says, then by what is loaded', () => {
  const debian = 'Build settings: BLAS_INFO=generic';
  expect(nameBlas('BLAS_INFO=mkl', ['/usr/lib/libblas.so.3'])).toBe('MKL (inside libtorch)');
  expect(nameBlas(debian, ['/lib/openblas-pthread/libblas.so.3'])).toBe(
    'OpenBLAS (/lib/openblas-pthread/libblas.so.3)',
  );
  expect(nameBlas(debian, ['/lib/blas/libblas.so.3.11.0'])).toBe(
    'reference BLAS (/lib/blas/libblas.so.3.11.0)',
  );
  expect(nameBlas('BLAS_INFO=open', [])).toBe('open (inside libtorch)');
});

test('the table shows what is missing and what to type', () => {
  const missing = { missing: 'the bridge is not built', remedy: 'run `npm run setup`' };
  const table = renderFindings({ ...sound, torch: missing, warnings: ['look out'] });
  expect(table).toContain(
    'libtorch      MISSING: the bridge is not built\n              → run `npm run setup`\n',
  );
  expect(table).toMatch(/\n\nwarning: look out\n$/);
});

describe('the command', () => {
  const doctor = async (env: NodeJS.ProcessEnv): Promise<Findings> => {
    const args = ['--import', 'tsx', 'src/cli/main.ts', 'doctor', '--json'];
    const { stdout } = await execute(process.execPath, args, { env: { ...process.env, ...env } });
    return JSON.parse(stdout) as Findings;
  };

  test('with the bridge', async () => {
    const found = await doctor({});
    expect(found.torch).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      threads: expect.any(Number),
    });
    expect(found.gdal).toMatchObject({ drivers: expect.arrayContaining(['GTiff', 'COG', 'VRT']) });
    expect(found.node).toBe(process.versions.node);
  });

  test('without it, everything else is still reported', async () => {
    const found = await doctor({ ARPENT_NATIVE: '/nowhere/arpent.node' });
    expect(found.torch).toMatchObject({
      missing: expect.stringContaining('does not load'),
      remedy: expect.any(String),
    });
    expect(found.gdal).toMatchObject({ version: expect.any(String) });
    expect(found.environment.ARPENT_NATIVE).toBe('/nowhere/arpent.node');
  });
});
