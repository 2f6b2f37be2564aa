import { existsSync, readFileSync } from 'node:fs';

/**
 * A libtorch on disk.
 *
 * @typedef {object} Libtorch
 * @property {string} root folder that holds `include/` and the libraries
 * @property {string} include folder of the headers
 * @property {string} lib folder of `libtorch_cpu.so`
 * @property {string} version like `2.13.0`
 * @property {0 | 1} abi value of `_GLIBCXX_USE_CXX11_ABI` it was compiled with
 * @property {boolean} cuda whether it brings the CUDA libraries
 */

/** What is wrong with a folder that should hold a libtorch. */
export class NotLibtorch extends Error {}

const triplets = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/**
 * Reads what the build needs to know from the files of a libtorch, without Python and without loading it: the layout
 * of `pip`'s torch package, of the libtorch archive and of Debian's packages are all understood.
 *
 * @param {string} root
 * @returns {Libtorch}
 * @throws {NotLibtorch}
 */
export function inspectLibtorch(root) {
  const include = `${root}/include`;
  const triplet = triplets[/** @type {keyof typeof triplets} */ (process.arch)];
  const lib = [`${root}/lib`, `${root}/lib/${triplet}`, `${root}/lib64`].find((folder) =>
    existsSync(`${folder}/libtorch_cpu.so`),
  );
  if (!existsSync(root)) throw new NotLibtorch(`there is no folder ${root}`);
  if (lib === undefined) throw new NotLibtorch(`no libtorch_cpu.so under ${root}/lib`);
  const version = readVersion(include);
  if (version === undefined) throw new NotLibtorch(`no libtorch headers under ${include}`);
  if (compareVersions(version, '1.13') < 0) throw new NotLibtorch(`libtorch ${version} is older than 1.13`);
  return {
    root,
    include,
    lib,
    version,
    abi: readAbi(`${lib}/libc10.so`),
    cuda: existsSync(`${lib}/libtorch_cuda.so`),
  };
}

/** @param {string} include */
function readVersion(include) {
  for (const header of ['torch/csrc/api/include/torch/version.h', 'torch/headeronly/version.h']) {
    if (!existsSync(`${include}/${header}`)) continue;
    const text = readFileSync(`${include}/${header}`, 'utf8');
    const number = (/** @type {string} */ part) =>
      new RegExp(`define TORCH_VERSION_${part} (\\d+)`).exec(text)?.[1];
    const major = number('MAJOR');
    if (major !== undefined) return `${major}.${number('MINOR')}.${number('PATCH')}`;
  }
  return undefined;
}

/**
 * The C++ library's string layout shows in mangled names: this function takes a `std::string`, which is `Ss` in the
 * old layout and spelled out in the new one.
 *
 * @param {string} libc10
 * @returns {0 | 1}
 */
function readAbi(libc10) {
  return readFileSync(libc10).includes('_ZN3c106detail14torchCheckFailEPKcS2_jRKSs') ? 0 : 1;
}

/**
 * Orders dotted versions by their numbers.
 *
 * @param {string} a
 * @param {string} b
 * @returns {number} negative, zero or positive
 */
export function compareVersions(a, b) {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
