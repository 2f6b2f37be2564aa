import { NO_VOTE } from '../votes/class-vote.ts';
import { keepGreatestCode } from './vector-code.ts';
import { memoryOf, type VectorCells, vectorCells } from './vector-memory.ts';
import { type WasmMemory, type WasmModule, wasm } from './web-assembly.ts';

/** Pixels that are treated together: what is added up for them stays in the nearer caches. */
const CHUNK = 8192;
/** Where the greatest sums lie in a memory's scratch, and whose they are. */
const [SUMS, WINNERS] = [0, 2 * CHUNK];
/** Most that weights may add up to: 255 times as much fits 16 bits. */
const MOST = 257;

type KeepGreatest = (...addresses: number[]) => void;

const kernels = new WeakMap<WasmMemory, Map<string, KeepGreatest>>();
const modules = new Map<string, WasmModule>();

function moduleOf(weights: readonly number[]): WasmModule {
  const key = weights.join(' ');
  const known = modules.get(key) ?? new wasm.Module(keepGreatestCode(weights));
  modules.set(key, known);
  return known;
}

function kernelOf(memory: WasmMemory, weights: readonly number[]): KeepGreatest {
  const known = kernels.get(memory) ?? new Map<string, KeepGreatest>();
  kernels.set(memory, known);
  const key = weights.join(' ');
  const kernel =
    known.get(key) ?? (new wasm.Instance(moduleOf(weights), { m: { m: memory } }).exports.m as KeepGreatest);
  known.set(key, kernel);
  return kernel;
}

/** The weights as small whole numbers in the same proportions; null where there are none. */
function wholeWeights(weights: readonly number[]): number[] | null {
  const least = Math.min(...weights);
  for (let times = 1; times <= MOST; times++) {
    const scaled = weights.map((weight) => (times * weight) / least);
    const whole = scaled.map(Math.round);
    if (whole.reduce((sum, weight) => sum + weight, 0) > MOST) return null;
    if (whole.every((weight, i) => Math.abs(weight - scaled[i]!) <= 1e-9 * weight)) return whole;
  }
  return null;
}

/**
 * The class with the greatest weighted sum for each pixel, the lowest among equals, 255 where all are 0; sixteen pixels at a
 * time, in WebAssembly.
 * @param members `[classes, pixels]` bytes each
 * @returns null where the weights are in no proportion of small whole numbers
 */
export function vectorWinners(
  members: readonly Uint8Array[],
  weights: readonly number[],
  classes: number,
): Uint8Array | null {
  const whole = wholeWeights(weights);
  if (whole === null) return null;
  const pixels = members[0]!.length / classes;
  const own = memoryOf(members);
  // Bytes that lie elsewhere are brought over, a part at a time.
  const stage = own === null ? vectorCells(members.map(() => CHUNK)) : null;
  const memory = own ?? memoryOf(stage!.cells)!;
  const keep = kernelOf(memory, whole);
  const cells = new Uint8Array(memory.buffer);
  const result = new Uint8Array(pixels);
  for (let start = 0; start < pixels; start += CHUNK) {
    const count = Math.min(CHUNK, pixels - start);
    const sixteens = Math.ceil(count / 16) * 16;
    cells.fill(0, SUMS, WINNERS);
    cells.fill(NO_VOTE, WINNERS, WINNERS + CHUNK);
    for (let index = 0; index < classes; index++) {
      const from = index * pixels + start;
      const places = members.map((bytes, member) =>
        stage === null ? bytes.byteOffset + from : placeOf(stage, member, bytes.subarray(from, from + count)),
      );
      keep(...places, sixteens, SUMS, WINNERS, index);
    }
    result.set(cells.subarray(WINNERS, WINNERS + count), start);
  }
  stage?.release();
  return result;
}

function placeOf({ cells }: VectorCells, member: number, bytes: Uint8Array): number {
  cells[member]!.set(bytes);
  return cells[member]!.byteOffset;
}
