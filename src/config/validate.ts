import type { z } from 'zod';
import { describeAllowed } from './allowed.ts';
import type { ConfigReading } from './config-reading.ts';
import { formatPath, type KeyPath } from './config-tree.ts';
import { alternatives, chooseAlternative, type JsonSchema, schemaAt, toJsonSchema } from './schema.ts';
import { nearest } from './suggest.ts';

/**
 * Checks the tree against its schema and fills in defaults. Every wrong value becomes an issue that names the key, the
 * value and what is allowed.
 * @returns the complete values, or `null` when something is wrong.
 */
export function validate<Schema extends z.ZodType>(
  reading: ConfigReading,
  schema: Schema,
): z.output<Schema> | null {
  const result = schema.safeParse(reading.tree.root);
  if (result.success) return result.data;
  const json = toJsonSchema(schema);
  const seen = new Set<string>();
  for (const issue of result.error.issues.flatMap((each) => expand(each, json, reading))) {
    const path = keysOf(issue);
    const id = formatPath(path);
    if (seen.has(id)) continue;
    seen.add(id);
    if (issue.code === 'custom') reading.error('wrong-value', path, issue.message);
    else reportValue(reading, json, path);
  }
  return null;
}

function keysOf(issue: z.core.$ZodIssue): (string | number)[] {
  return issue.path.filter((part) => typeof part !== 'symbol');
}

/** "None of the alternatives" becomes what is wrong inside the alternative that was meant. */
function expand(issue: z.core.$ZodIssue, root: JsonSchema, reading: ConfigReading): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const path = keysOf(issue);
  const schema = schemaAt(root, path, reading.tree.root);
  const choices = schema?.anyOf ?? schema?.oneOf ?? [];
  const value = reading.tree.get(path);
  const meant = choices.findIndex((choice) => chooseAlternative(choice, value) !== null);
  const inside = issue.errors[meant]?.filter(({ path: deeper }) => deeper.length > 0) ?? [];
  if (inside.length === 0) return [issue];
  return inside.flatMap((each) => expand({ ...each, path: [...issue.path, ...each.path] }, root, reading));
}

function reportValue(reading: ConfigReading, root: JsonSchema, path: KeyPath): void {
  const value = reading.tree.get(path);
  const schema = schemaAt(root, path, reading.tree.root);
  const allowed = schema === null ? 'something else' : describeAllowed(schema);
  const fallback = schema?.default;
  if (value === undefined) {
    reading.error('missing-key', path, `this key is missing; give ${allowed}`);
  } else if (value === null) {
    const leave =
      fallback === undefined ? '' : `, or delete the line to take the default (${show(fallback)})`;
    reading.error('wrong-value', path, `there is no value; give ${allowed}${leave}`);
  } else {
    reading.error(
      'wrong-value',
      path,
      `${show(value)} is not allowed; give ${allowed}${quoteHint(schema, value)}`,
      near(schema, value),
    );
  }
}

/** A value as it would be typed, cut when long. */
export function show(value: unknown): string {
  const text =
    typeof value === 'string'
      ? `"${value}"`
      : typeof value === 'number'
        ? String(value)
        : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function near(schema: JsonSchema | null, value: unknown): string | null {
  if (schema === null || typeof value !== 'string') return null;
  const words = alternatives(schema).flatMap(
    (choice) => choice.enum ?? (choice.const === undefined ? [] : [choice.const]),
  );
  return nearest(
    value,
    words.filter((word) => typeof word === 'string'),
  );
}

/** Numbers and booleans in quotes are a common slip. */
function quoteHint(schema: JsonSchema | null, value: unknown): string {
  if (schema === null || typeof value !== 'string') return '';
  const types = new Set(alternatives(schema).map((choice) => choice.type));
  const isNumber = value.trim() !== '' && Number.isFinite(Number(value));
  const quotedNumber = isNumber && (types.has('number') || types.has('integer'));
  const quotedBoolean = /^(?:true|false)$/i.test(value) && types.has('boolean');
  return quotedNumber || quotedBoolean ? ', without quotes' : '';
}
