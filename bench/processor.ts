import { readFileSync } from 'node:fs';

/** Whether the processor multiplies bf16 itself; else it is emulated and several times slower than fp32. */
export function hasBf16(): boolean {
  try {
    return /\b(avx512_bf16|amx_bf16|bf16)\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return false;
  }
}

/** What is said of bf16 rows on a processor without such arithmetic. */
export const NO_BF16 = 'this processor has no bf16 arithmetic';
