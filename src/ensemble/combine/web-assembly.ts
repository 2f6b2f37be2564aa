// The types of WebAssembly come with those of browsers alone; this is the little of it that is used here.

/** Bytes that compiled code works on. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** Compiled code. */
export type WasmModule = object;

interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface WebAssemblyNamespace {
  readonly Memory: new (size: { readonly initial: number }) => WasmMemory;
  readonly Module: new (code: Uint8Array<ArrayBuffer>) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: Readonly<Record<string, Readonly<Record<string, WasmMemory>>>>,
  ) => WasmInstance;
}

/** WebAssembly as every JavaScript engine has it. */
export const wasm = (globalThis as unknown as { WebAssembly: WebAssemblyNamespace }).WebAssembly;
