import { alternatives, type JsonSchema } from './schema.ts';

/** What a schema accepts, in words: `an integer of at least 1`, `one of min, max`, `a list of integers`. */
export function describeAllowed(schema: JsonSchema): string {
  if (schema.allowed !== undefined) return schema.allowed;
  const choices = alternatives(schema);
  if (choices.length > 1) return describeChoices(choices);
  if (schema.enum !== undefined) return oneOf(schema.enum);
  if (schema.const !== undefined) return String(schema.const);
  const kind = schema.type;
  if (kind === 'integer') return `an integer${bounds(schema)}`;
  if (kind === 'number') return `a number${bounds(schema)}`;
  if (kind === 'boolean') return 'true or false';
  if (kind === 'null') return 'nothing (null)';
  if (kind === 'array') return describeList(schema);
  if (kind === 'string') return (schema.minLength ?? 0) > 0 ? 'a text that is not empty' : 'a text';
  return 'a map of keys and values';
}

function describeChoices(choices: readonly JsonSchema[]): string {
  const constants = choices.flatMap(
    (choice) => choice.enum ?? (choice.const === undefined ? [] : [choice.const]),
  );
  if (constants.length === choices.length && constants.length > 1) return oneOf(constants);
  return [...new Set(choices.map(describeAllowed))].join(', or ');
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
}

function describeList(schema: JsonSchema): string {
  if (schema.prefixItems !== undefined) return `a list of ${schema.prefixItems.length} values`;
  const items = typeof schema.items === 'object' ? plural(describeAllowed(schema.items)) : 'values';
  const { minItems = 0, maxItems } = schema;
  const many = minItems > 0 && minItems === maxItems ? `${minItems} ` : '';
  return `a list of ${many}${items}${minItems > 0 && many === '' ? ', not empty' : ''}`;
}

function plural(text: string): string {
  return text.replace(/^an? (\w+)/, '$1s');
}

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const low = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const high = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  const parts: string[] = [];
  if (low !== undefined) parts.push(`of at least ${low}`);
  if (exclusiveMinimum !== undefined) parts.push(`above ${exclusiveMinimum}`);
  if (high !== undefined) parts.push(`of at most ${high}`);
  if (exclusiveMaximum !== undefined) parts.push(`below ${exclusiveMaximum}`);
  return parts.length === 0 ? '' : ` ${parts.join(' and ')}`;
}
