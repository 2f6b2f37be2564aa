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
/** Eight bytes as eight numbers of 16 bits. */
const loadBytes = (offset: number) => vector(0x02, 0, offset);
const [bytesOf, wordsOf] = [vector(0x0f), vector(0x10)];
const [greater, choose, narrow] = [vector(0x32), vector(0x52), vector(0x65)];
const [add, multiply, most] = [vector(0x8e), vector(0x95), vector(0x99)];

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
  const [at, sumsAt, winnersAt, mark, low, high] = [0, 1, 2, 3, 4, 5].map((i) => parameters + i) as [
    ...[number, number, number],
    ...[number, number, number],
  ];
  const weighed = (member: number, weight: number, offset: number) => [
    ...[...get(member), ...get(at), ADD, ...loadBytes(offset)],
    ...(weight === 1 ? [] : [...int(weight), ...wordsOf, ...multiply]),
  ];
  const sum = (local: number, offset: number) => [
    ...weights.flatMap((weight, member) => [...weighed(member, weight, offset), ...(member > 0 ? add : [])]),
    ...set(local),
  ];
  const keep = (local: number, offset: number) => [
    ...[...get(sumsAt), ...get(local), ...get(sumsAt), ...load(offset), ...most, ...store(offset)],
  ];
  const loop = [
    ...[...sum(low, 0), ...sum(high, 8)],
    ...[...get(at), ...int(1), SHL, ...get(sums), ADD, ...set(sumsAt)],
    ...[...get(at), ...get(winners), ADD, ...set(winnersAt)],
    ...[...get(winnersAt), ...get(mark), ...get(winnersAt), ...load(0)],
    ...[...get(low), ...get(sumsAt), ...load(0), ...greater],
    ...[...get(high), ...get(sumsAt), ...load(16), ...greater],
    ...[...narrow, ...choose, ...store(0)],
    ...[...keep(low, 0), ...keep(high, 16)],
    ...[...get(at), ...int(16), ADD, ...set(at)],
    ...[...get(at), ...get(count), LESS, 0x0d, 0],
  ];
  const body = [
    ...[2, 3, I32, 3, V128],
    ...[...get(index), ...bytesOf, ...set(mark)],
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
