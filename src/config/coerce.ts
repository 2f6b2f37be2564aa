import type { ConfigReading } from './config-reading.ts';
import { isPlainMap, type KeyPath, type PlainValue } from './config-tree.ts';
import { alternatives, childSchema, chooseAlternative, type JsonSchema } from './schema.ts';

const WORDS = new Map([
  ['yes', true],
  ['on', true],
  ['no', false],
  ['off', false],
]);

/**
 * Settles what YAML dialects disagree on, guided by the schema: `yes`, `no`, `on`, `off` are booleans where a boolean is
 * wanted (YAML 1.1, as Python reads it); an unquoted `2024` or `true` is a text where a text is wanted; an empty
 * map (`paths:` with nothing below) has all its defaults.
 */
export function coerceScalars(reading: ConfigReading, root: JsonSchema): void {
  const visit = (schema: JsonSchema, value: PlainValue | undefined, path: KeyPath): void => {
    if (Array.isArray(value) || isPlainMap(value)) {
      const chosen = chooseAlternative(schema, value);
      if (chosen === null) return;
      for (const [key, item] of Object.entries(value)) {
        const part = Array.isArray(value) ? Number(key) : key;
        const child = childSchema(chosen, part);
        if (child !== null) visit(child, item, [...path, part]);
      }
      return;
    }
    const better = coerced(schema, value, reading.tree.originOf(path)?.plainSource);
    if (better !== undefined) reading.tree.set(path, better);
  };
  visit(root, reading.tree.root, []);
}

function coerced(schema: JsonSchema, value: unknown, typed: string | undefined): PlainValue | undefined {
  const types = new Set(alternatives(schema).map((choice) => choice.type ?? typeof choice.const));
  if (value === null) return types.has('object') && !types.has('null') ? {} : undefined;
  if (typed === undefined) return undefined;
  if (typeof value === 'string' && types.has('boolean')) return WORDS.get(typed.toLowerCase());
  const isText =
    types.has('string') && !types.has(typeof value) && !(typeof value === 'number' && types.has('integer'));
  return typeof value !== 'string' && isText ? typed : undefined;
}
