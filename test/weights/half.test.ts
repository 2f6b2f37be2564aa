import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from '../../src/weights/index.ts';

const reference = JSON.parse(
  readFileSync(new URL('../golden/checkpoints/half-precision.json', import.meta.url), 'utf8'),
) as Record<string, string>;

const floats = (() => {
  const words = Uint32Array.from({ length: 1 << 20 }, (_, i) => Math.imul(i, 2654435761));
  return new Float32Array(words.buffer).filter((value) => !Number.isNaN(value));
})();
/** In the order of signed 16-bit numbers, as the reference has them. */
const patterns = Uint16Array.from({ length: 65536 }, (_, i) => i ^ 0x8000);

function checksum(values: Uint16Array | Float32Array): string {
  return createHash('sha256')
    .update(new Uint8Array(values.buffer, 0, values.byteLength))
    .digest('hex');
}

describe.each([
  ['float16', float32ToFloat16, float16ToFloat32],
  ['bfloat16', float32ToBfloat16, bfloat16ToFloat32],
] as const)('%s', (name, narrow, widen) => {
  it('rounds a million float32 as PyTorch does', () => {
    expect(checksum(narrow(floats))).toBe(reference[`float32 to ${name}`]);
  });

  it('widens every pattern as PyTorch does', () => {
    const numbers = widen(patterns).filter((value) => !Number.isNaN(value));
    expect(checksum(numbers)).toBe(reference[`${name} to float32`]);
  });

  it('comes back unchanged from float32, NaN being kept NaN', () => {
    const back = narrow(widen(patterns));
    const infinity = narrow(new Float32Array([Number.POSITIVE_INFINITY]))[0]!;
    const changed = patterns.filter((pattern, i) => {
      const notANumber = (pattern & 0x7fff) > infinity;
      return notANumber ? (back[i]! & 0x7fff) <= infinity : back[i] !== pattern;
    });
    expect([...changed]).toEqual([]);
  });

  it('converts 100 MB in about a second of processor time', () => {
    const many = new Uint16Array(50 << 20).fill(patterns[0x1234]!);
    const start = process.cpuUsage();
    widen(many);
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(2);
  });
});
