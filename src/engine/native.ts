import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DType, TypedArray } from './dtype.ts';
import { BridgeNotFoundError } from './errors.ts';

/** An operator as the bridge describes it. */
export interface NativeOperator {
  /** Calls the operator; tensors travel as handles. */
  readonly call: (...args: unknown[]) => unknown;
  /** One letter an argument: t tensor, l list of tensors, v any other value. */
  readonly arguments: string;
  /** One letter a result, likewise. */
  readonly results: string;
  /** For each result, the argument it writes to and is, or -1. */
  readonly alias: readonly number[];
  /** The arguments' names. */
  readonly names: readonly string[];
  /** libtorch's own description of the operator. */
  readonly schema: string;
}

/** The functions of the compiled bridge (`native/`). Tensors are handles: integers. */
export interface NativeBridge {
  operator(name: string, overload: string): NativeOperator | undefined;
  operatorNames(): string[];
  dispose(handle: number): void;
  disposeMany(handles: number[]): void;
  /** Whether the garbage collector is told of tensors' memory later, when this is taken back. */
  holdReports(held: boolean): void;
  handleCount(): number;
  fromBytes(data: TypedArray, dtype: DType, shape: readonly number[]): number;
  shareBytes(data: TypedArray, dtype: DType, shape: readonly number[]): number;
  toBytes(handle: number): ArrayBuffer;
  copyInto(handle: number, target: TypedArray): void;
  shape(handle: number): number[];
  dtype(handle: number): DType;
  device(handle: number): string;
  isContiguous(handle: number, format: string): boolean;
  item(handle: number): number;
  backward(outputs: number[], gradients: number[] | null, retainGraph: boolean): void;
  gradients(
    outputs: number[],
    inputs: number[],
    outputGradients: number[] | null,
    retainGraph: boolean,
    allowUnused: boolean,
  ): (number | undefined)[];
  requiresGrad(handle: number): boolean;
  setRequiresGrad(handle: number, on: boolean): void;
  isLeaf(handle: number): boolean;
  grads(handles: number[]): (number | undefined)[];
  setGrad(handle: number, gradient: number | null): void;
  clearGrads(handles: number[]): void;
  gradEnabled(): boolean;
  setGradEnabled(on: boolean): void;
  pushInferenceMode(): void;
  popInferenceMode(): void;
  pushAutocast(device: string, dtype: DType, enabled: boolean): void;
  popAutocast(): void;
  version(): string;
  numThreads(): number;
  setNumThreads(count: number): void;
  configuration(): string;
  manualSeed(seed: number): void;
  rngState(device: string): number;
  setRngState(device: string, state: number): void;
  cudaDeviceCount(): number;
  cudaSynchronize(device?: number): void;
  setBackendFlag(name: string, on: boolean): void;
  tensorBytes(): number;
  takePeakTensorBytes(): number;
  /** The four of CUDA graphs are there where the bridge was built with CUDA's headers. */
  cudaGraphBegin?(device: string): number;
  cudaGraphEnd?(id: number): void;
  cudaGraphReplay?(id: number): void;
  cudaGraphFree?(id: number): void;
}

const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Where the compiled bridge is: `$ARPENT_NATIVE`, else what the set-up recorded. */
function binaryPath(): string {
  const named = process.env.ARPENT_NATIVE;
  if (named) return resolve(named);
  const record = join(projectRoot, 'build', 'native', 'current.json');
  if (!existsSync(record)) {
    throw new BridgeNotFoundError('the bridge to libtorch is not built', {
      file: record,
      remedy: 'run `npm run setup` in the folder of the project; models exported to ONNX run without it',
    });
  }
  const { binary } = JSON.parse(readFileSync(record, 'utf8')) as { binary: string };
  return resolve(projectRoot, binary);
}

function load(): NativeBridge {
  const file = binaryPath();
  const threads = Number(process.env.OMP_NUM_THREADS) || availableParallelism();
  // OpenBLAS sizes its own pool when it is loaded, and libtorch of Debian starts with one thread.
  process.env.OPENBLAS_NUM_THREADS ??= String(threads);
  // Threads that spin while they wait slow everything down on a machine that has other work.
  process.env.OMP_WAIT_POLICY ??= 'PASSIVE';
  let bridge: NativeBridge;
  try {
    bridge = createRequire(import.meta.url)(file) as NativeBridge;
  } catch (cause) {
    throw new BridgeNotFoundError(`the bridge to libtorch does not load: ${(cause as Error).message}`, {
      file,
      remedy: 'run `npm run setup` again; if it persists, run `arpent doctor` and report what it prints',
      cause,
    });
  }
  bridge.setNumThreads(threads);
  return bridge;
}

let loaded: NativeBridge | undefined;

/**
 * The bridge, loaded at first use so that commands that need no network start at once.
 * @throws BridgeNotFoundError when it is not built or does not load.
 */
export function native(): NativeBridge {
  loaded ??= load();
  return loaded;
}

/** The bridge if something has used it. */
export function loadedNative(): NativeBridge | undefined {
  return loaded;
}
