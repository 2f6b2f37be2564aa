import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { installPackages } from './apt.mjs';
import { fingerprint, fingerprintFolder } from './fingerprint.mjs';
import { compareVersions } from './inspect-libtorch.mjs';
import { logFolder, nativeFolder, root } from './paths.mjs';
import { step } from './report.mjs';
import { run } from './run.mjs';
import { SetupError } from './setup-error.mjs';
import { which } from './which.mjs';

/**
 * @typedef {import('./context.mjs').SetupContext} SetupContext
 * @typedef {import('./inspect-libtorch.mjs').Libtorch} Libtorch
 */

const sources = `${root}/native`;
const nodeApiHeaders = `${root}/node_modules/node-api-headers/include`;

/**
 * The compiler's options for a libtorch.
 *
 * @param {Libtorch} torch
 */
function compilerFlags({ include, version, abi, cuda }) {
  return [
    // libtorch's headers ask for C++20 from 2.14 on.
    `-std=${compareVersions(version, '2.14') < 0 ? 'c++17' : 'c++20'}`,
    // Small loops over registers are unrolled from here on.
    '-O3',
    '-fPIC',
    '-fvisibility=hidden',
    `-D_GLIBCXX_USE_CXX11_ABI=${abi}`,
    ...(cuda ? ['-DARPENT_CUDA'] : []),
    '-isystem',
    nodeApiHeaders,
    // A directory the compiler knows already (/usr/include) must not be moved by -isystem.
    ...(include === '/usr/include' ? [] : ['-isystem', include]),
    '-isystem',
    `${include}/torch/csrc/api/include`,
  ];
}

/**
 * What lets our kernels run on libtorch's own threads. GCC's calls find the OpenMP that libtorch brings, which is why it is not
 * linked; clang's would look for another one. Without it the bridge leaves those kernels out.
 *
 * @param {string} compiler
 */
const threadFlags = (compiler) => (/clang/.test(compiler) ? [] : ['-fopenmp']);

/**
 * What CUDA graphs need: CUDA's headers, of a toolkit or of the packages that come with PyTorch for CUDA.
 *
 * @param {Libtorch} torch
 * @param {NodeJS.ProcessEnv} env
 */
function graphFlags({ include, cuda }, env) {
  if (!cuda) return [];
  const packages = `${include}/../../nvidia`;
  const folders = [`${packages}/cu13/include`, `${packages}/cuda_runtime/include`];
  if (env.CUDA_HOME) folders.unshift(`${env.CUDA_HOME}/include`);
  const found = [...folders, '/usr/local/cuda/include'].find((folder) =>
    existsSync(`${folder}/cuda_runtime_api.h`),
  );
  return found === undefined ? [] : ['-DARPENT_CUDA_GRAPHS', '-isystem', found];
}

/**
 * The linker's options. Kernels for CUDA register themselves when their library loads; nothing refers to it by name,
 * so the linker must be told to keep it.
 *
 * @param {Libtorch} torch
 */
function linkerFlags({ lib, cuda }) {
  const libraries = ['-ltorch', '-ltorch_cpu', '-lc10'];
  return [
    `-L${lib}`,
    `-Wl,-rpath,${lib}`,
    ...libraries,
    ...(cuda ? ['-Wl,--no-as-needed', '-ltorch_cuda', '-lc10_cuda'] : []),
  ];
}

/**
 * Where the bridge for a libtorch lies, or will. The name changes with the sources, the options and the libtorch, so a
 * binary that exists is up to date.
 *
 * @param {Libtorch} torch
 * @param {NodeJS.ProcessEnv} [env]
 */
export function bridgeBinary(torch, env = process.env) {
  const library = `${torch.lib}/libtorch_cpu.so`;
  const hash = fingerprint(
    fingerprintFolder(sources, (name) => /\.(cc|h)$/.test(name)),
    ...compilerFlags(torch),
    ...threadFlags(env.CXX || 'g++'),
    ...graphFlags(torch, env),
    ...linkerFlags(torch),
    String(statSync(library).size),
  );
  return `${nativeFolder}/${torch.version}-${hash}/arpent.node`;
}

/** @param {SetupContext} context */
async function findCompiler(context) {
  const chosen = context.env.CXX;
  if (chosen !== undefined && chosen !== '') return chosen;
  if (which('g++', context.env) === undefined) await installPackages(['g++'], 'the native bridge', context);
  return 'g++';
}

/**
 * The first errors of a compiler's output, short enough for a terminal.
 *
 * @param {string} output
 */
function firstErrors(output) {
  const lines = output
    .split('\n')
    .filter((line) => /error:|undefined reference|fatal|ld:|cannot find/.test(line));
  return lines.slice(0, 5).map((line) => `  ${line.replace(`${root}/`, '').slice(0, 240)}`);
}

/**
 * Compiles `native/*.cc` for a libtorch unless that is done already.
 *
 * @param {Libtorch} torch
 * @param {SetupContext} context
 * @returns {Promise<string>} path of the addon
 * @throws {SetupError} with the first errors and the path of the whole log
 */
export async function ensureBridge(torch, context) {
  const binary = bridgeBinary(torch, context.env);
  if (existsSync(binary)) return binary;
  const compiler = await findCompiler(context);
  await step(`native bridge for libtorch ${torch.version}`, () => compile(torch, compiler, binary, context));
  return binary;
}

/**
 * @param {Libtorch} torch
 * @param {string} compiler
 * @param {string} binary
 * @param {SetupContext} context
 */
async function compile(torch, compiler, binary, context) {
  const folder = binary.slice(0, binary.lastIndexOf('/'));
  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  const files = readdirSync(sources).filter((name) => name.endsWith('.cc'));
  const log = `${logFolder}/bridge-${torch.version}.log`;
  let output = '';
  const fail = () => {
    mkdirSync(logFolder, { recursive: true });
    writeFileSync(log, output);
    rmSync(partial, { recursive: true, force: true });
    return new SetupError(
      `the native bridge does not compile against libtorch ${torch.version}\n${firstErrors(output).join('\n')}`,
      `the compiler's whole output is in ${log}; report it with what "node dist/cli/main.js doctor" prints`,
    );
  };
  const call = async (/** @type {string[]} */ args) => {
    const result = await run(compiler, args, { cwd: root, env: context.env });
    output += `$ ${compiler} ${args.join(' ')}\n${result.stdout}${result.stderr}\n`;
    return result.code === 0;
  };
  const waiting = [...files];
  let failed = false;
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined && !failed; file = waiting.shift()) {
      const flags = [...compilerFlags(torch), ...threadFlags(compiler)];
      const build = (/** @type {string[]} */ more) =>
        call([...flags, ...more, '-c', `native/${file}`, '-o', `${partial}/${file}.o`]);
      // Headers of another version than libtorch's may not fit; the bridge does without CUDA graphs then.
      const graphs = file === 'cuda-graph.cc' ? graphFlags(torch, context.env) : [];
      if (!(graphs.length > 0 && (await build(graphs))) && !(await build([]))) failed = true;
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), files.length) }, worker));
  if (failed) throw fail();
  const objects = files.map((file) => `${partial}/${file}.o`);
  if (!(await call(['-shared', ...objects, '-o', `${partial}/arpent.node`, ...linkerFlags(torch)])))
    throw fail();
  for (const object of objects) rmSync(object);
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
}

/**
 * What the engine's loader reads.
 *
 * @typedef {object} NativeRecord
 * @property {string} route how the libtorch was found
 * @property {string} root where it is
 * @property {string} version
 * @property {0 | 1} abi
 * @property {boolean} cuda
 * @property {string} binary path of the addon, relative to the repository's root
 */

/**
 * Notes the bridge under a name (`current`, or a route's) for the engine and the tests.
 *
 * @param {string} name
 * @param {Libtorch & { route: string }} torch
 * @param {string} binary
 * @param {string} [key] what the choice depended on
 */
export function recordBridge(name, torch, binary, key) {
  const record = { ...torch, binary: binary.slice(root.length + 1), ...(key === undefined ? {} : { key }) };
  const text = `${JSON.stringify(record, null, 2)}\n`;
  const path = `${nativeFolder}/${name}.json`;
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  mkdirSync(nativeFolder, { recursive: true });
  writeFileSync(`${path}.partial-${process.pid}`, text);
  renameSync(`${path}.partial-${process.pid}`, path);
}

/**
 * The libtorch chosen last time, while nothing that the choice depended on has changed.
 *
 * @param {string} key
 * @returns {(Libtorch & { route: string }) | undefined}
 */
export function recordedLibtorch(key) {
  const path = `${nativeFolder}/current.json`;
  if (!existsSync(path)) return undefined;
  const { binary: _binary, key: recorded, ...torch } = JSON.parse(readFileSync(path, 'utf8'));
  return recorded === key && existsSync(`${torch.lib}/libtorch_cpu.so`) ? torch : undefined;
}
