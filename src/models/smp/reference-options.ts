import type { ParityReference } from '../parity/case.ts';
import type { SmpOptions } from './options.ts';

const renamed: Readonly<Record<string, keyof SmpOptions>> = {
  img_size: 'encoderImageSize',
  drop_path_rate: 'encoderDropPathRate',
};

const notOptions = new Set([
  'library',
  'arch',
  'encoder',
  'name',
  'config',
  'in_channels',
  'classes',
  'options',
  'versions',
]);

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

// timm decides about windows for each side; the shorter one comes to the same.
function plain(key: string, value: unknown): unknown {
  return key === 'img_size' && Array.isArray(value) ? Math.min(...(value as number[])) : value;
}

/** The keyword arguments of smp's constructor in a parity case, as our options. */
export function referenceOptions(reference: ParityReference): SmpOptions {
  const besides = Object.entries(reference).filter(([key]) => !notOptions.has(key));
  const all = [...besides, ...Object.entries(reference.options ?? {})];
  return Object.fromEntries(all.map(([key, value]) => [renamed[key] ?? camelCase(key), plain(key, value)]));
}
