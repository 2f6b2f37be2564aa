import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from './pair.ts';

const root = resolve(import.meta.dirname, '..');

/** Folder where Debian keeps python3-rasterio and NumPy, for interpreters of the same version. */
const DEBIAN_PACKAGES = '/usr/lib/python3/dist-packages';

function imports(python: string, module: string, path = ''): boolean {
  try {
    execFileSync(python, ['-c', `import ${module}`], {
      stdio: 'ignore',
      env: { ...process.env, PYTHONPATH: path },
    });
    return true;
  } catch {
    return false;
  }
}

/** The Python whose torch is the libtorch that the bridge uses, or null: then there is no fair peer. */
export function torchPython(): string | null {
  const record = resolve(root, 'build', 'native', 'current.json');
  if (!existsSync(record)) return null;
  const { root: torch } = JSON.parse(readFileSync(record, 'utf8')) as { root: string };
  const candidates = [
    resolve(torch, '..', '..', '..', '..', 'bin', 'python'),
    resolve(root, '.arpent/venv/bin/python'),
    'python3',
  ];
  return candidates.find((python) => imports(python, 'torch')) ?? null;
}

/** A Python with rasterio and NumPy, and with torch too when asked; with the path it needs. */
export function rasterPython(withTorch: boolean): { python: string; path: string } | null {
  const candidates = [withTorch ? torchPython() : '/usr/bin/python3', 'python3'].filter(
    (python) => python !== null,
  );
  for (const python of candidates) {
    for (const path of ['', DEBIAN_PACKAGES]) {
      if (imports(python, withTorch ? 'torch, rasterio, numpy' : 'rasterio, numpy', path))
        return { python, path };
    }
  }
  return null;
}

/** The command that runs a script of `bench/subjects` with our engine. */
export function subject(
  script: string,
  args: readonly (string | number)[],
  env: Readonly<Record<string, string>> = {},
): Command {
  return {
    program: process.execPath,
    args: ['--import', 'tsx', resolve(root, 'bench/subjects', script), ...args.map(String)],
    env,
  };
}

/** The command that runs a script of `bench/peers`. */
export function peer(
  python: string,
  script: string,
  args: readonly (string | number)[],
  env: Readonly<Record<string, string>> = {},
): Command {
  return { program: python, args: [resolve(root, 'bench/peers', script), ...args.map(String)], env };
}

/** Settings of the C library with which it keeps freed blocks, as the bridge keeps those of tensors: a Python tuned alike. */
export const TUNED_ALLOCATOR = {
  MALLOC_MMAP_MAX_: '0',
  MALLOC_TRIM_THRESHOLD_: '2000000000',
  MALLOC_TOP_PAD_: '67108864',
} as const;
