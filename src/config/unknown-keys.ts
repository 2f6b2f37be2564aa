import type { ConfigReading } from './config-reading.ts';
import { formatPath, isPlainMap, type KeyPath, type PlainValue } from './config-tree.ts';
import { alternatives, childSchema, chooseAlternative, type JsonSchema } from './schema.ts';
import { nearest } from './suggest.ts';

/** Suggestions cost time; past this many unknown keys the file is not what it claims to be anyway. */
const SUGGESTED = 100;

/**
 * Reports keys that the schema does not have, with the nearest valid one, and takes them out of the tree.
 * @param severity `warning` for files of other programs, which may carry keys of their own.
 */
export function reportUnknownKeys(
  reading: ConfigReading,
  root: JsonSchema,
  severity: 'error' | 'warning',
): void {
  const leaves = leafKeys(root, []);
  let count = 0;
  const visit = (schema: JsonSchema, value: PlainValue | undefined, path: KeyPath): void => {
    const chosen = chooseAlternative(schema, value);
    if (chosen === null) return;
    if (Array.isArray(value)) {
      for (const [at, item] of value.entries()) {
        const child = childSchema(chosen, at);
        if (child !== null) visit(child, item, [...path, at]);
      }
    } else if (isPlainMap(value)) {
      for (const key of reading.tree.keysInOrder(path)) {
        const child = childSchema(chosen, key);
        const here = [...path, key];
        if (child !== null) visit(child, value[key], here);
        else {
          const near = count++ < SUGGESTED ? suggestKey(key, chosen, leaves) : null;
          const type = near === formatPath(here) ? chosen.properties?.type?.const : undefined;
          const problem =
            type === undefined ? 'there is no such key' : `type ${String(type)} has no such key`;
          const ignored = severity === 'warning' ? '; it is ignored' : '';
          reading[severity](
            'unknown-key',
            here,
            `${problem}${ignored}`,
            near === formatPath(here) ? null : near,
          );
          reading.tree.delete(here);
        }
      }
    }
  };
  visit(root, reading.tree.root, []);
}

/** A sibling with a similar name, else the same name elsewhere, else a similar name elsewhere. */
function suggestKey(key: string, siblings: JsonSchema, leaves: ReadonlyMap<string, string>): string | null {
  const sibling = nearest(key, Object.keys(siblings.properties ?? {}));
  if (sibling !== null) return sibling;
  const elsewhere = nearest(key, leaves.keys());
  return elsewhere === null ? null : (leaves.get(elsewhere) ?? null);
}

/** Last part of every key of a schema → its full path. */
function leafKeys(schema: JsonSchema, path: KeyPath): Map<string, string> {
  const found = new Map<string, string>();
  for (const choice of alternatives(schema)) {
    for (const [key, child] of Object.entries(choice.properties ?? {})) {
      const here = [...path, key];
      if (!found.has(key)) found.set(key, formatPath(here));
      for (const [leaf, full] of leafKeys(child, here)) if (!found.has(leaf)) found.set(leaf, full);
    }
  }
  return found;
}
