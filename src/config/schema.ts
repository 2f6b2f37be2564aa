import { z } from 'zod';

/** What a field tells besides its type; ends up in messages, JSON Schema, help and documentation. */
export interface FieldNotes {
  /** Unit of a number (`pixels`, `epochs`, `bytes`). */
  readonly unit?: string;
  /** What is allowed, in words, where the type alone would not say it well. */
  readonly allowed?: string;
  /** Other names the key may have in older files. */
  readonly aliases?: readonly string[];
}

/** Gives a schema its meaning (one sentence) and notes. */
export function field<Schema extends z.ZodType>(
  schema: Schema,
  meaning: string,
  notes: FieldNotes = {},
): Schema {
  return schema.meta({ description: meaning, ...notes });
}

/** A map of fields that may be left out altogether. */
export function section<Shape extends z.ZodRawShape>(meaning: string, shape: Shape) {
  return z
    .object(shape)
    .meta({ description: meaning })
    .prefault({} as never);
}

/** The part of JSON Schema (draft 2020-12) that our files need, with our notes. */
export interface JsonSchema extends FieldNotes {
  readonly $schema?: string;
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema | boolean;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

const cache = new WeakMap<z.ZodType, JsonSchema>();

/** The JSON Schema of what may be written in the file (defaults not yet filled in). */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  let json = cache.get(schema);
  if (json === undefined) {
    json = z.toJSONSchema(schema, { io: 'input', reused: 'inline' }) as JsonSchema;
    cache.set(schema, json);
  }
  return json;
}

/** The alternatives of a schema, flattened; a schema without alternatives is its own only one. */
export function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.flatMap(alternatives);
  const { type } = schema;
  return typeof type === 'object' ? type.map((one) => ({ ...schema, type: one })) : [schema];
}

/** Whether a value has the JSON type of a schema (and its discriminating constants), without looking deeper. */
function fits(schema: JsonSchema, value: unknown): boolean {
  if (schema.properties !== undefined || schema.type === 'object') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    return Object.entries(schema.properties ?? {}).every(
      ([key, child]) => child.const === undefined || child.const === (value as Record<string, unknown>)[key],
    );
  }
  if (schema.type === 'array') return Array.isArray(value);
  if (schema.type === 'null') return value === null;
  if (schema.type === 'integer') return typeof value === 'number';
  return schema.type === undefined || schema.type === typeof value;
}

/** The alternative of a schema that a value is meant to be; `null` when none resembles it. */
export function chooseAlternative(schema: JsonSchema, value: unknown): JsonSchema | null {
  return alternatives(schema).find((choice) => fits(choice, value)) ?? null;
}

/** The schema of one entry of a map or list; `null` for an unknown key. */
export function childSchema(schema: JsonSchema, key: string | number): JsonSchema | null {
  if (typeof key === 'number') {
    const child = schema.prefixItems?.[key] ?? schema.items;
    return typeof child === 'object' ? child : null;
  }
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, key))
    return schema.properties[key] ?? null;
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : null;
}

/** The schema at a path, following in each map the alternative that the values choose. */
export function schemaAt(
  root: JsonSchema,
  path: readonly (string | number)[],
  value: unknown,
): JsonSchema | null {
  let schema: JsonSchema = root;
  let here = value;
  for (const key of path) {
    const chosen = chooseAlternative(schema, here);
    const child: JsonSchema | null = chosen === null ? childOfAny(schema, key) : childSchema(chosen, key);
    if (child === null) return null;
    schema = child;
    here =
      typeof here === 'object' && here !== null ? (here as Record<string | number, unknown>)[key] : undefined;
  }
  return schema;
}

/** An entry of whichever alternatives have it, such as the `type` that should tell them apart and does not. */
function childOfAny(schema: JsonSchema, key: string | number): JsonSchema | null {
  const anyOf = alternatives(schema)
    .map((choice) => childSchema(choice, key))
    .filter((child) => child !== null);
  return anyOf.length === 0 ? null : { anyOf };
}
