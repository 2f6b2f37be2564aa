import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Schema = boolean | { readonly [key: string]: Json };

/**
 * Published schemas of STAC extensions, as their repositories on GitHub (stac-extensions/…) hold them at these versions.
 * Core schemas of STAC itself, which they refer to nowhere in what is checked here, are not among them.
 */
const FILES: Readonly<Record<string, string>> = {
  'https://stac-extensions.github.io/mlm/v1.5.2/schema.json': 'mlm-1.5.2.json',
  'https://stac-extensions.github.io/classification/v1.1.0/schema.json': 'classification-1.1.0.json',
  'https://stac-extensions.github.io/processing/v1.1.0/schema.json': 'processing-1.1.0.json',
  'https://stac-extensions.github.io/raster/v1.1.0/schema.json': 'raster-1.1.0.json',
};

const folder = new URL('../../golden/stac/', import.meta.url);
const loaded = new Map<string, Schema>();

function load(address: string): Schema {
  const file = FILES[address];
  if (file === undefined) throw new Error(`no schema is kept for ${address}`);
  const found = loaded.get(address) ?? JSON.parse(readFileSync(fileURLToPath(new URL(file, folder)), 'utf8'));
  loaded.set(address, found);
  return found;
}

/** A place inside a document, by JSON pointer. */
function at(document: Schema, pointer: string): Schema {
  return pointer
    .split('/')
    .slice(1)
    .reduce<Json>((node, step) => {
      const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
      const next = (node as Record<string, Json>)[key];
      if (next === undefined) throw new Error(`no ${pointer} in the schema`);
      return next;
    }, document as Json) as Schema;
}

const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const same = (a: Json, b: Json) => JSON.stringify(a) === JSON.stringify(b);

const TYPES: Readonly<Record<string, (value: Json) => boolean>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  string: (value) => typeof value === 'string',
  array: Array.isArray,
  object: isObject,
};

/** What JSON Schema (draft 7) finds wrong with a value; the keywords that the kept schemas use. */
class Validator {
  private readonly root: string;
  constructor(root: string) {
    this.root = root;
  }

  check(schema: Schema, value: Json, path: string): string[] {
    if (typeof schema === 'boolean') return schema ? [] : [`${path} is not allowed`];
    if (typeof schema.$ref === 'string') {
      const [address, pointer] = schema.$ref.split('#') as [string, string?];
      const root = address || this.root;
      return new Validator(root).check(at(load(root), pointer ?? ''), value, path);
    }
    const faults: string[] = [...this.plain(schema, value, path), ...this.combined(schema, value, path)];
    if (Array.isArray(value)) faults.push(...this.list(schema, value, path));
    if (isObject(value)) faults.push(...this.object(schema, value, path));
    return faults;
  }

  private fits(schema: Json, value: Json): boolean {
    return this.check(schema as Schema, value, '').length === 0;
  }

  private plain(schema: { readonly [key: string]: Json }, value: Json, path: string): string[] {
    const { type, minimum, maximum, minLength, pattern } = schema;
    const faults: string[] = [];
    const types = type === undefined ? [] : [type].flat();
    if (types.length > 0 && !types.some((one) => TYPES[one as string]!(value)))
      faults.push(`${path} is no ${types}`);
    if ('const' in schema && !same(schema.const!, value)) faults.push(`${path} is not ${schema.const}`);
    if (Array.isArray(schema.enum) && !schema.enum.some((one) => same(one, value)))
      faults.push(`${path} is none of ${schema.enum}`);
    if (typeof value === 'number') {
      if (minimum !== undefined && value < (minimum as number)) faults.push(`${path} is below ${minimum}`);
      if (maximum !== undefined && value > (maximum as number)) faults.push(`${path} is above ${maximum}`);
    }
    if (typeof value === 'string') {
      if (minLength !== undefined && value.length < (minLength as number))
        faults.push(`${path} is too short`);
      if (pattern !== undefined && !new RegExp(pattern as string).test(value))
        faults.push(`${path} (${value}) does not match ${pattern}`);
    }
    return faults;
  }

  private combined(schema: { readonly [key: string]: Json }, value: Json, path: string): string[] {
    const list = (key: string) => (schema[key] ?? []) as readonly Schema[];
    const faults = list('allOf').flatMap((one) => this.check(one, value, path));
    if ('anyOf' in schema && !list('anyOf').some((one) => this.fits(one, value)))
      faults.push(`${path} fits none of anyOf`);
    if ('oneOf' in schema) {
      const count = list('oneOf').filter((one) => this.fits(one, value)).length;
      if (count !== 1) faults.push(`${path} fits ${count} of oneOf`);
    }
    if ('not' in schema && this.fits(schema.not!, value)) faults.push(`${path} is what must not be`);
    if ('if' in schema) {
      const next = this.fits(schema.if!, value) ? schema.then : schema.else;
      if (next !== undefined) faults.push(...this.check(next as Schema, value, path));
    }
    return faults;
  }

  private list(schema: { readonly [key: string]: Json }, value: readonly Json[], path: string): string[] {
    const { items, contains, minItems, maxItems, uniqueItems } = schema;
    const faults: string[] = [];
    if (minItems !== undefined && value.length < (minItems as number)) faults.push(`${path} has too few`);
    if (maxItems !== undefined && value.length > (maxItems as number)) faults.push(`${path} has too many`);
    if (uniqueItems === true && value.some((one, i) => value.slice(0, i).some((two) => same(one, two))))
      faults.push(`${path} repeats itself`);
    if (contains !== undefined && !value.some((one) => this.fits(contains, one)))
      faults.push(`${path} does not contain what it must`);
    if (items !== undefined && !Array.isArray(items))
      value.forEach((one, i) => {
        faults.push(...this.check(items as Schema, one, `${path}/${i}`));
      });
    return faults;
  }

  private object(
    schema: { readonly [key: string]: Json },
    value: { readonly [key: string]: Json },
    path: string,
  ): string[] {
    const { required = [], properties = {}, patternProperties = {}, additionalProperties } = schema;
    const { dependencies = {}, minProperties } = schema;
    const faults = (required as readonly string[])
      .filter((key) => !(key in value))
      .map((key) => `${path}/${key} is missing`);
    if (minProperties !== undefined && Object.keys(value).length < (minProperties as number))
      faults.push(`${path} is empty`);
    for (const [key, needed] of Object.entries(dependencies as Record<string, readonly string[]>))
      if (key in value)
        faults.push(...needed.filter((one) => !(one in value)).map((one) => `${path}/${one} is missing`));
    for (const [key, one] of Object.entries(value)) {
      const own = (properties as Record<string, Schema>)[key];
      const matching = Object.entries(patternProperties as Record<string, Schema>)
        .filter(([pattern]) => new RegExp(pattern).test(key))
        .map(([, found]) => found);
      const rules = [...(own === undefined ? [] : [own]), ...matching];
      if (rules.length === 0 && additionalProperties !== undefined)
        rules.push(additionalProperties as Schema);
      for (const rule of rules) faults.push(...this.check(rule, one, `${path}/${key}`));
    }
    return faults;
  }
}

/** What the Machine Learning Model extension's published schema finds wrong with a STAC item. */
export function mlmFaults(item: unknown): string[] {
  const address = 'https://stac-extensions.github.io/mlm/v1.5.2/schema.json';
  return new Validator(address).check(load(address), item as Json, '');
}
