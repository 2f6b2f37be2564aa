/** Scratch pair for looking at a float32 as bits. */
const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

/** float32 bit patterns of all 65,536 float16 values: a table read is several times faster than the arithmetic. */
let float16Table: Uint32Array | undefined;

function float16Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return (sign | 0x7f800000 | (fraction << 13)) >>> 0;
  if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0;
  FLOAT[0] = fraction * 2 ** -24;
  return (sign | BITS[0]!) >>> 0;
}

/** IEEE half precision (bit patterns) to float32; exact, NaN payloads included. */
export function float16ToFloat32(patterns: Uint16Array): Float32Array {
  float16Table ??= Uint32Array.from({ length: 65536 }, (_, half) => float16Bits(half));
  const bits = new Uint32Array(patterns.length);
  for (let i = 0; i < patterns.length; i++) bits[i] = float16Table[patterns[i]!]!;
  return new Float32Array(bits.buffer);
}

/** bfloat16 (bit patterns) to float32; exact, since bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(patterns: Uint16Array): Float32Array {
  const bits = new Uint32Array(patterns.length);
  for (let i = 0; i < patterns.length; i++) bits[i] = patterns[i]! << 16;
  return new Float32Array(bits.buffer);
}

/** float32 to bfloat16 bit patterns, rounding to nearest, ties to even, as PyTorch does; NaN stays NaN. */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const patterns = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!;
    const notANumber = (word & 0x7fffffff) > 0x7f800000;
    patterns[i] = notANumber ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return patterns;
}

function float16Pattern(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff);
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below the smallest normal half: units of 2^-24. Adding 2^52 lets the processor round to nearest even.
    BITS[0] = magnitude;
    return sign | (FLOAT[0]! * 2 ** 24 + 2 ** 52 - 2 ** 52);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded >>> 13) - (112 << 10));
}

/** float32 to IEEE half bit patterns, rounding to nearest, ties to even; overflow gives infinity, NaN stays NaN. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const patterns = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) patterns[i] = float16Pattern(bits[i]!);
  return patterns;
}
