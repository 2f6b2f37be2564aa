import { native } from './native.ts';
import { Tensor } from './tensor.ts';

/** Seeds libtorch's generators on every device. */
export function manualSeed(seed: number): void {
  native().manualSeed(seed);
}

/** The state of a device's random generator, for exact resume. */
export function getRngState(device = 'cpu'): Uint8Array {
  const state = new Tensor(native().rngState(device));
  const bytes = state.toBytes();
  state.dispose();
  return bytes;
}

/** Restores a state taken by {@link getRngState}. */
export function setRngState(state: Uint8Array, device = 'cpu'): void {
  const tensor = new Tensor(native().fromBytes(state, 'uint8', [state.length]));
  native().setRngState(device, tensor.id);
  tensor.dispose();
}

/** How many threads an operator may use. */
export function getNumThreads(): number {
  return native().numThreads();
}

/** Sets how many threads an operator may use; by default all cores (or `$OMP_NUM_THREADS`). */
export function setNumThreads(count: number): void {
  native().setNumThreads(count);
}

/** Runs `body` with another number of threads for its operators. */
export function withNumThreads<T>(count: number, body: () => T): T {
  const before = getNumThreads();
  setNumThreads(count);
  try {
    return body();
  } finally {
    setNumThreads(before);
  }
}

/** libtorch's version, `2.13.0`. */
export function torchVersion(): string {
  return native().version();
}

/** Whether libtorch is of a major version or a later one. */
export function isTorchAtLeast(major: number): boolean {
  return Number.parseInt(torchVersion(), 10) >= major;
}

/** libtorch's own description of its build: compilers, BLAS, vector instructions, threads. */
export function torchConfiguration(): string {
  return native().configuration();
}

/** Number of CUDA devices that can be used. */
export function cudaDeviceCount(): number {
  return native().cudaDeviceCount();
}

/** Waits until a CUDA device has finished what it was given. */
export function cudaSynchronize(device?: number): void {
  native().cudaSynchronize(device);
}

/** Number of tensors that are alive on this thread: a leak shows here first. */
export function liveTensors(): number {
  return native().handleCount();
}

/** Switches that trade exactness for speed (`cudnnBenchmark`, `tf32`) or the reverse (`deterministic`). */
export function setBackendFlag(name: 'cudnnBenchmark' | 'tf32' | 'deterministic', on: boolean): void {
  native().setBackendFlag(name, on);
}
