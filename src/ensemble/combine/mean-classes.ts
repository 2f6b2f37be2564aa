import { NO_VOTE } from '../votes/class-vote.ts';
import type { ScoreLayer } from './layers.ts';

/** A member of a mean with one weight for all classes. */
export interface WeighedMember {
  readonly layer: ScoreLayer;
  readonly weight: number;
}

/** Pixels that are treated together: what is added up for them stays in the first cache. */
const CHUNK = 4096;

/** Of a word of four bytes, the first and the third, each with room for 16 bits. */
const LANES = 0x00ff00ff;
/** The highest bit of both lanes, free in every sum. */
const TOPS = 0x80008000 | 0;

/** How many bytes are added at once: members of weight 2 stand twice. */
const VOICES = 5;

/** Bits that tell the classes apart. */
const bitsOf = (classes: number) => Math.ceil(Math.log2(classes));

/** Members as often as they weigh; null where that is no whole number, or more than are added at once. */
function voicesOf(members: readonly WeighedMember[], classes: number): Int32Array[] | null {
  const voices: Int32Array[] = [];
  for (const { layer, weight } of members) {
    if (!Number.isInteger(weight) || voices.length + weight > VOICES) return null;
    const { buffer, byteOffset, length } = layer.data;
    if (byteOffset % 4 !== 0 || (length / classes) % 4 !== 0) return null;
    for (let voice = 0; voice < weight; voice++) voices.push(new Int32Array(buffer, byteOffset, length / 4));
  }
  // A lane holds the sum and the class below it in 15 bits.
  return (255 * voices.length) << bitsOf(classes) < 2 ** 15 ? voices : null;
}

/** Best lanes so far: pixels 0 and 2 of each four in `even`, 1 and 3 in `odd`. */
interface Lanes {
  readonly even: Int32Array;
  readonly odd: Int32Array;
}

/**
 * Adds five arrays of bytes, four pixels to a word and two lanes to a sum, and keeps the greater of each lane. One loop for all of
 * it: what is added never goes back to memory.
 */
function keepGreatest(
  voices: readonly Int32Array[],
  masks: readonly number[],
  from: number,
  { even, odd }: Lanes,
  count: number,
  shift: number,
  mark: number,
): void {
  const [a, b, c, d, e] = voices as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];
  const [, mb, mc, md, me] = masks as [number, number, number, number, number];
  for (let i = 0; i < count; i++) {
    const va = a[from + i]!;
    const vb = b[from + i]!;
    const vc = c[from + i]!;
    const vd = d[from + i]!;
    const ve = e[from + i]!;
    const low = ((va & LANES) + (vb & mb) + (vc & mc) + (vd & md) + (ve & me)) | 0;
    const high =
      (((va >>> 8) & LANES) + ((vb >>> 8) & mb) + ((vc >>> 8) & mc) + ((vd >>> 8) & md) + ((ve >>> 8) & me)) |
      0;
    const evenNow = (low << shift) | mark;
    const oddNow = (high << shift) | mark;
    const evenOld = even[i]!;
    const oddOld = odd[i]!;
    // The top bit of a lane survives the subtraction where the old value is not below the new one.
    const evenKept = Math.imul((((evenOld | TOPS) - evenNow) & TOPS) >>> 15, 0xffff);
    const oddKept = Math.imul((((oddOld | TOPS) - oddNow) & TOPS) >>> 15, 0xffff);
    even[i] = (evenOld & evenKept) | (evenNow & ~evenKept);
    odd[i] = (oddOld & oddKept) | (oddNow & ~oddKept);
  }
}

/**
 * The winners by lanes. The class stands below the sum, counted down, so that the greatest lane is the greatest sum and among
 * equals the lowest class.
 */
function laneWinners(voices: readonly Int32Array[], classes: number, pixels: number): Uint8Array {
  const bits = bitsOf(classes);
  const low = (1 << bits) - 1;
  const words = CHUNK / 4;
  // Where there are fewer, the first stands in and is masked out.
  const all = Array.from({ length: VOICES }, (_, voice) => voices[voice] ?? voices[0]!);
  const masks = all.map((_, voice) => (voice < voices.length ? LANES : 0));
  const best = { even: new Int32Array(words), odd: new Int32Array(words) };
  const winners = new Uint8Array(pixels);
  const classOf = (value: number) => (value >>> bits === 0 ? NO_VOTE : low - (value & low));
  for (let start = 0; start < pixels / 4; start += words) {
    const count = Math.min(words, pixels / 4 - start);
    best.even.fill(0);
    best.odd.fill(0);
    for (let index = 0; index < classes; index++) {
      const from = (index * pixels) / 4 + start;
      keepGreatest(all, masks, from, best, count, bits, Math.imul(low - index, 0x00010001));
    }
    for (let i = 0, pixel = 4 * start; i < count; i++, pixel += 4) {
      winners[pixel] = classOf(best.even[i]! & 0xffff);
      winners[pixel + 1] = classOf(best.odd[i]! & 0xffff);
      winners[pixel + 2] = classOf(best.even[i]! >>> 16);
      winners[pixel + 3] = classOf(best.odd[i]! >>> 16);
    }
  }
  return winners;
}

function setScaled(sums: Float64Array, data: Uint8Array, from: number, count: number, weight: number): void {
  for (let i = 0; i < count; i++) sums[i] = weight * data[from + i]!;
}

function addScaled(sums: Float64Array, data: Uint8Array, from: number, count: number, weight: number): void {
  for (let i = 0; i < count; i++) sums[i]! += weight * data[from + i]!;
}

/** Any weights, in double precision. */
function sumWinners(members: readonly WeighedMember[], classes: number, pixels: number): Uint8Array {
  const [sums, best] = [new Float64Array(CHUNK), new Float64Array(CHUNK)];
  const winners = new Uint8Array(pixels).fill(NO_VOTE);
  for (let start = 0; start < pixels; start += CHUNK) {
    const count = Math.min(CHUNK, pixels - start);
    best.fill(0);
    for (let index = 0; index < classes; index++) {
      const from = index * pixels + start;
      for (const [member, { layer, weight }] of members.entries()) {
        (member === 0 ? setScaled : addScaled)(sums, layer.data as Uint8Array, from, count, weight);
      }
      for (let i = 0; i < count; i++) {
        if (sums[i]! > best[i]!) {
          best[i] = sums[i]!;
          winners[start + i] = index;
        }
      }
    }
  }
  return winners;
}

/**
 * The classes of a weighted mean of 8-bit probabilities, without the mean itself: nobody divides, and every number is looked
 * at once. Equal sums give the lowest class; a pixel of zeros has none (255).
 * @param members `[classes, pixels]` each
 * @returns null where members are not all bytes on one scale
 */
export function meanClasses(members: readonly WeighedMember[], classes: number): Uint8Array | null {
  const [{ layer }] = members as [WeighedMember];
  const alike = members.every(({ layer: { data, one } }) => data instanceof Uint8Array && one === layer.one);
  if (!alike) return null;
  const pixels = layer.data.length / classes;
  const voices = voicesOf(members, classes);
  return voices === null ? sumWinners(members, classes, pixels) : laneWinners(voices, classes, pixels);
}
