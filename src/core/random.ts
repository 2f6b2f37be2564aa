/**
 * A small seeded random generator (xoshiro128**), for everything that is drawn in TypeScript: shuffles, augmentation,
 * splits. Independent streams come from {@link Random.fork}, so the order of draws in one never disturbs another.
 *
 * Source: D. Blackman and S. Vigna, "Scrambled linear pseudorandom number generators", 2018.
 */
export class Random {
  private readonly words: Uint32Array;

  /** @param seed any number of integers; the same integers give the same stream. */
  constructor(...seed: number[]) {
    this.words = new Uint32Array(4);
    let mixed = 0x9e3779b9;
    const next = () => {
      mixed = (mixed + 0x6d2b79f5) | 0;
      let z = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
      z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
      return (z ^ (z >>> 14)) >>> 0;
    };
    for (const part of seed) mixed = Math.imul(mixed ^ (part >>> 0), 0x85ebca6b) ^ next();
    for (let i = 0; i < 4; i++) this.words[i] = next();
  }

  /** A 32-bit unsigned integer. */
  uint32(): number {
    const s = this.words;
    const [a, b, c, d] = [s[0]!, s[1]!, s[2]!, s[3]!];
    const scaled = Math.imul(b, 5);
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9) >>> 0;
    const t = b << 9;
    const c2 = c ^ a;
    const d2 = d ^ b;
    s[1] = b ^ c2;
    s[0] = a ^ d2;
    s[2] = c2 ^ t;
    s[3] = (d2 << 11) | (d2 >>> 21);
    return result;
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /** A number in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** An integer in [0, count). */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** A number from the standard normal distribution (Box–Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Shuffles in place (Fisher–Yates) and returns the same array. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }

  /** An independent stream named by integers; the parent's own sequence does not advance. */
  fork(...path: number[]): Random {
    return new Random(...this.words, ...path);
  }

  /** The generator's state, for checkpoints. */
  getState(): number[] {
    return [...this.words];
  }

  /** Restores a state taken by {@link getState}. */
  setState(state: readonly number[]): void {
    this.words.set(state);
  }
}
