import type { InferenceSession, Tensor } from 'onnxruntime-web';

/** What is used of ONNX Runtime Web. */
export interface Runtime {
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: typeof Tensor;
  /** `webgpu` or `wasm`. */
  readonly provider: 'webgpu' | 'wasm';
}

/** As much of WebGPU as tells whether there is one. */
interface Gpu {
  requestAdapter(): Promise<object | null>;
}

/** Threads beyond these gain little and take memory. */
const MOST_THREADS = 8;

async function hasGpu(): Promise<boolean> {
  const { gpu } = navigator as Navigator & { readonly gpu?: Gpu };
  return gpu !== undefined && (await gpu.requestAdapter().catch(() => null)) !== null;
}

async function load(provider: Runtime['provider']): Promise<Runtime> {
  const { env, InferenceSession, Tensor } =
    provider === 'webgpu' ? await import('onnxruntime-web/webgpu') : await import('onnxruntime-web/wasm');
  // Its files lie on this server: the content security policy lets none come from elsewhere.
  env.wasm.wasmPaths = new URL('/ort/', location.origin).href;
  env.wasm.numThreads = crossOriginIsolated ? Math.min(MOST_THREADS, navigator.hardwareConcurrency) : 1;
  env.logLevel = 'error';
  return { InferenceSession, Tensor, provider };
}

/** ONNX Runtime on the graphics processor where there is one, else in WebAssembly. */
export async function loadRuntime(): Promise<Runtime> {
  return load((await hasGpu()) ? 'webgpu' : 'wasm');
}

/** The same in WebAssembly alone, for graphs that the graphics processor does not run. */
export function loadWasm(): Promise<Runtime> {
  return load('wasm');
}
