import { readFileSync } from 'node:fs';
import { processorFeatures } from './doctor/machine.ts';

/** Processor features that multiply 16-bit floats; without one, they are slower than float32. */
const FAST_BF16 = ['AVX512-BF16', 'AMX-BF16', 'BF16'];

/** A warning where the number format asked for is slow on this processor, else null. */
export function precisionRemark(precision: string, device: string): string | null {
  if (precision !== 'bf16' || device.startsWith('cuda')) return null;
  let cpuinfo: string;
  try {
    cpuinfo = readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return null;
  }
  const features = processorFeatures(cpuinfo);
  if (features.length === 0 || features.some((name) => FAST_BF16.includes(name))) return null;
  return 'this processor has no bf16 arithmetic, so --precision bf16 is several times slower than fp32 here';
}
