import { readFileSync, realpathSync } from 'node:fs';

/** BLAS libraries by the names of their files; the reference one comes last, as others bring its file name too. */
const libraries: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/libmkl_/, 'MKL'],
  [/openblas/, 'OpenBLAS'],
  [/libblis/, 'BLIS'],
  [/libatlas|\/atlas\//, 'ATLAS'],
  [/libblas\.so|libblas\.so\.3/, 'reference BLAS'],
];

/** The libraries mapped into this process, with symbolic links of Debian's alternatives resolved. */
function loadedLibraries(): string[] {
  try {
    const maps = readFileSync('/proc/self/maps', 'utf8');
    const paths = new Set(maps.split('\n').flatMap((line) => /\/\S+\.so[.\d]*$/.exec(line)?.[0] ?? []));
    return [...paths].map((path) => {
      try {
        return realpathSync(path);
      } catch {
        return path;
      }
    });
  } catch {
    return [];
  }
}

/**
 * Names the library that multiplies matrices for libtorch.
 *
 * @param configuration libtorch's description of its build: wheels carry MKL or OpenBLAS inside, which no list of
 *   loaded libraries shows.
 * @param loaded paths of the libraries mapped into the process
 */
export function nameBlas(configuration: string, loaded: readonly string[] = loadedLibraries()): string {
  const built = /BLAS_INFO=(\w+)/.exec(configuration)?.[1];
  if (built === 'mkl' || /Math Kernel Library/.test(configuration)) return 'MKL (inside libtorch)';
  for (const [pattern, name] of libraries) {
    const file = loaded.find((path) => pattern.test(path));
    if (file !== undefined) return `${name} (${file})`;
  }
  return built === undefined ? 'unknown' : `${built} (inside libtorch)`;
}
