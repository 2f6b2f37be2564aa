import type { ConfigReading } from './config-reading.ts';
import { isPlainMap } from './config-tree.ts';

/** Fills in the `type` that a section's other keys imply, so that `optimizer: { learning_rate: 0.01 }` is enough. */
export function normalizeArpentLayout({ tree }: ConfigReading): void {
  const implied = [
    ['optimizer', 'adamw'],
    ['scheduler', 'plateau'],
    ['normalization', tree.has(['normalization', 'means']) ? 'custom' : 'scaling'],
  ] as const;
  for (const [section, type] of implied) {
    if (isPlainMap(tree.get([section])) && !tree.has([section, 'type'])) tree.set([section, 'type'], type);
  }
}
