import { InvalidArgumentError } from '../../core/index.ts';

const units: Readonly<Record<string, number>> = {
  '': 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};

/** Bytes in a size as people write it: `2GB`, `800 MB`, `1.5G`, `4000000`. @throws InvalidArgumentError */
export function parseByteSize(text: string): number {
  const match = /^\s*(\d+(?:[.,]\d+)?)\s*([kmgt]?)i?b?\s*$/i.exec(text);
  const bytes = match ? Number(match[1]!.replace(',', '.')) * units[match[2]!.toLowerCase()]! : 0;
  if (bytes >= 1) return Math.floor(bytes);
  throw new InvalidArgumentError(`"${text}" is no amount of memory`, {
    key: 'memory',
    remedy: 'write it as 2GB or 800MB',
  });
}

/** A number of bytes for people: `1.9 GB`. */
export function formatByteSize(bytes: number): string {
  for (const [unit, size] of [['GB', 2 ** 30] as const, ['MB', 2 ** 20] as const, ['kB', 2 ** 10] as const]) {
    if (bytes >= size) return `${(bytes / size).toFixed(bytes >= 10 * size ? 0 : 1)} ${unit}`;
  }
  return `${bytes} bytes`;
}
