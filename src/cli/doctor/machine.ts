import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { arch, availableParallelism, cpus, freemem, release, totalmem, type } from 'node:os';
import type { MachineFindings } from './findings.ts';

/** Processor flags of Linux that decide how fast a network runs, with the names people know. */
const telling: readonly (readonly [flag: string, name: string])[] = [
  ['avx2', 'AVX2'],
  ['fma', 'FMA'],
  ['avx512f', 'AVX512'],
  ['avx_vnni', 'AVX-VNNI'],
  ['avx512_vnni', 'AVX512-VNNI'],
  ['avx512_bf16', 'AVX512-BF16'],
  ['avx512_fp16', 'AVX512-FP16'],
  ['amx_tile', 'AMX'],
  ['amx_bf16', 'AMX-BF16'],
  ['amx_int8', 'AMX-INT8'],
  ['asimd', 'NEON'],
  ['sve', 'SVE'],
  ['bf16', 'BF16'],
];

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The telling features in the text of `/proc/cpuinfo` (`flags` on x86, `Features` on ARM). */
export function processorFeatures(cpuinfo: string): string[] {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? '';
  const flags = new Set(line.split(/\s+/));
  return telling.filter(([flag]) => flags.has(flag)).map(([, name]) => name);
}

/** Memory that a program may still take: the kernel's estimate where there is one. */
function availableMemory(): number {
  const kibibytes = /^MemAvailable:\s+(\d+) kB/m.exec(readOrEmpty('/proc/meminfo'))?.[1];
  return kibibytes === undefined ? freemem() : Number(kibibytes) * 1024;
}

function systemName(): string {
  const pretty = /^PRETTY_NAME="?([^"\n]*)/m.exec(readOrEmpty('/etc/os-release'))?.[1];
  return `${pretty ?? type()}, kernel ${release()}, ${arch()}`;
}

/** Looks at the machine: system, processor, memory and the disk under a folder. */
export async function examineMachine(folder: string): Promise<MachineFindings> {
  const { bsize, blocks, bavail } = await statfs(folder);
  return {
    system: systemName(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    features: processorFeatures(readOrEmpty('/proc/cpuinfo')),
    memory: { total: totalmem(), available: availableMemory() },
    disk: { folder, total: blocks * bsize, free: bavail * bsize },
  };
}
