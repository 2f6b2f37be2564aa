/** Unsigned LEB128, as WebAssembly writes its numbers. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
}

/** Signed LEB128. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    if (rest >= -64 && rest < 64) return [...bytes, rest & 127];
    bytes.push((rest & 127) | 128);
  }
}

const vector = (opcode: number, ...operands: number[]) => [0xfd, ...unsigned(opcode), ...operands];
const section = (id: number, ...content: number[]) => [id, ...unsigned(content.length), ...content];
const get = (local: number) => [0x20, ...unsigned(local)];
const set = (local: number) => [0x21, ...unsigned(local)];
const int = (value: number) => [0x41, ...signed(value)];

const [I32, V128, ADD, SHL, LESS] = [0x7f, 0x7b, 0x6a, 0x74, 0x49];
const load = (offset: number) => vector(0x00, 0, offset);
const store = (offset: number) => vector(0x0b, 0, offset);
const tee = (local: number) => [0x22, ...unsigned(local)];
const [bytesOf, wordsOf] = [vector(0x0f), vector(0x10)];
const [equal, choose, up, down] = [vector(0x2d), vector(0x52), vector(0x8b), vector(0x8d)];
const [add, subtract, multiply, most] = [vector(0x8e), vector(0x91), vector(0x95), vector(0x99)];

/**
 * The code of a function that adds weighed bytes of several members, sixteen pixels at a time, and keeps the greatest sum and
 * whose it is: `keep(member0, member1, …, count, sums, winners, index)`. `member`, `sums` (16 bits each) and `winners` (bytes) are
 * addresses in the memory that is imported as `m.m`; `count` pixels are a multiple of 16. Where the sum of a pixel is above the
 * one kept, it is kept and `winners` becomes `index`.
 *
 * @param weights whole numbers from 1 up; times 255 their sum fits 16 bits.
 */
export function keepGreatestCode(weights: readonly number[]): Uint8Array<ArrayBuffer> {
  const parameters = weights.length + 4;
  const [count, sums, winners, index] = [0, 1, 2, 3].map((i) => weights.length + i) as [
    number,
    number,
    number,
    number,
  ];
  const [at, sumsAt, winnersAt] = [0, 1, 2].map((i) => parameters + i) as [number, number, number];
  const [mark, low, words, even, odd, evenKept, oddKept] = Array.from(
    { length: 7 },
    (_, i) => parameters + 3 + i,
  ) as [number, number, number, number, number, number, number];
  const weigh = (weight: number) => (weight === 1 ? [] : [...int(weight), ...wordsOf, ...multiply]);
  const addTo = (sum: number, first: boolean) => [...(first ? [] : [...get(sum), ...add]), ...set(sum)];
  // Sixteen bytes are eight words: an even byte and 256 times an odd one. The odd ones are added by themselves; what remains of the
  // sum of the words, modulo 65536, are the even ones.
  const sumUp = weights.flatMap((weight, member) => [
    ...[...get(member), ...get(at), ADD, ...load(0), ...tee(words), ...weigh(weight)],
    ...addTo(even, member === 0),
    ...[...get(words), ...int(8), ...down, ...weigh(weight), ...addTo(odd, member === 0)],
  ]);
  const split = [...get(even), ...get(odd), ...int(8), ...up, ...subtract, ...set(even)];
  /** Keeps the greater sums; leaves on the stack which of them are as they were. */
  const keep = (sum: number, kept: number, offset: number) => [
    ...[...get(sumsAt), ...get(sum), ...get(sumsAt), ...load(offset), ...tee(kept), ...most, ...tee(sum)],
    ...[...store(offset), ...get(sum), ...get(kept), ...equal],
  ];
  const loop = [
    ...[...sumUp, ...split],
    ...[...get(at), ...int(1), SHL, ...get(sums), ADD, ...set(sumsAt)],
    ...[...get(at), ...get(winners), ADD, ...tee(winnersAt)],
    ...[...get(winnersAt), ...load(0), ...get(mark)],
    ...[...keep(even, evenKept, 0), ...keep(odd, oddKept, 16), ...get(low), ...choose],
    ...[...choose, ...store(0)],
    ...[...get(at), ...int(16), ADD, ...tee(at), ...get(count), LESS, 0x0d, 0],
  ];
  const body = [
    ...[2, 3, I32, 7, V128],
    ...[...get(index), ...bytesOf, ...set(mark), ...int(255), ...wordsOf, ...set(low)],
    ...[0x03, 0x40, ...loop, 0x0b, 0x0b],
  ];
  const name = [1, 'm'.charCodeAt(0)];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, ...unsigned(parameters), ...new Array(parameters).fill(I32), 0),
    ...section(2, 1, ...name, ...name, 0x02, 0, 1),
    ...section(3, 1, 0),
    ...section(7, 1, ...name, 0, 0),
    ...section(10, 1, ...unsigned(body.length), ...body),
  ]);
}
