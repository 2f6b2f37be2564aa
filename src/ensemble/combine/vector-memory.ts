import { type WasmMemory, wasm } from './web-assembly.ts';

/** Bytes at the beginning of each memory that calculations may use. */
export const SCRATCH = 65536;
/** Functions read so many bytes at once, also beyond the last. */
const SLACK = 64;
const PAGE = 65536;
/** Larger ones are not worth keeping, and may not be granted. */
const MOST = 2 ** 30;

const memories = new WeakMap<ArrayBufferLike, WasmMemory>();
/** The memory that was given back last: a folder of rasters takes the same one for each. */
let spare: WasmMemory | null = null;

/** Arrays of bytes in one memory that WebAssembly reaches. */
export interface VectorCells {
  readonly cells: readonly Uint8Array[];
  /** Gives the memory to who asks next; the cells are then no longer one's own. */
  release(): void;
}

/**
 * Arrays of bytes that {@link memoryOf} knows, their contents undefined.
 * @returns null where so much cannot be had
 */
export function vectorCells(lengths: readonly number[]): VectorCells | null {
  const places: number[] = [];
  let end = SCRATCH;
  for (const length of lengths) {
    places.push(end);
    end += Math.ceil(length / SLACK) * SLACK;
  }
  end += SLACK;
  if (end > MOST) return null;
  const memory =
    spare !== null && spare.buffer.byteLength >= end
      ? spare
      : new wasm.Memory({ initial: Math.ceil(end / PAGE) });
  if (memory === spare) spare = null;
  memories.set(memory.buffer, memory);
  return {
    cells: lengths.map((length, i) => new Uint8Array(memory.buffer, places[i], length)),
    release: () => {
      spare = memory;
    },
  };
}

/** The memory that all these arrays lie in; null where it is none, or several. */
export function memoryOf(arrays: readonly Uint8Array[]): WasmMemory | null {
  const buffer = arrays[0]?.buffer;
  return buffer !== undefined && arrays.every((array) => array.buffer === buffer)
    ? (memories.get(buffer) ?? null)
    : null;
}
