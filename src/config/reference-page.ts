import { describeAllowed } from './allowed.ts';
import { showValue } from './explain.ts';
import { CONFIG_FORMATS } from './formats.ts';
import type { ConfigSource } from './run-config.ts';
import { alternatives, type JsonSchema, toJsonSchema } from './schema.ts';

const INTRODUCTIONS: Record<ConfigSource['format'], string> = {
  arpent: `\`arpent run FILE\` reads this file. Relative paths start from the folder of the file. A key that is not listed
here is an error. Every key may be left out unless its default is "required".`,
  flair: `\`flair --conf FILE\` and \`arpent run FILE\` read this file as IGN's library does. Relative paths start from the
working directory. A key that is left out has the value of IGN's sample file. A key that is not listed here is a
warning.

Older files work too: every nested key may stand at the top level (the layout of IGN's README), \`bands\` is
\`channels\`, \`tasks.train_load_ckpt\` is \`tasks.train_tasks.init_weights_only_from_ckpt\`, and \`model_architecture: unet\`
with \`encoder_name: resnet34\` is \`encoder_decoder: resnet34_unet\`. An encoder with a \`_\` in its name
(\`mit_b0_unet\`) is accepted.`,
  'flair-detect': `\`flair-detect --conf FILE\` and \`arpent map --conf FILE\` read this file as IGN's library does. Relative paths
start from the working directory. A key that is left out has the value of IGN's sample file. A key that is not listed
here is a warning.

Older files work too: \`norma_task\` may be a list with one map, a map, or its three keys at the top level; \`bands\` is
\`channels\`; \`model_name: unet\` with \`encoder_name: resnet34\` is \`encoder_decoder: resnet34_unet\`.`,
  'flair-legacy': `\`arpent run FILE\` also reads the file of IGN's older \`legacy-torch\` branch: folders instead of CSV lists, 13
classes, a U-Net over ResNet-34 on all five bands, values scaled to 0–1. A fifth of the shuffled domains validates.`,
};

/** The reference page (Markdown) of one kind of configuration file, made from its schema. */
export function referencePage(format: ConfigSource['format']): string {
  const schema = toJsonSchema(CONFIG_FORMATS[format].schema);
  const sections = new Map<string, string[]>();
  addRows(schema, '', '', sections);
  const parts = [
    `# ${schema.title ?? format}`,
    '<!-- Made from the schema by `npx vitest run test/config/reference-pages.test.ts -u`. -->',
    `${schema.description}.`,
    INTRODUCTIONS[format],
  ];
  for (const [heading, rows] of sections) {
    if (heading !== '') parts.push(heading);
    parts.push(['| key | default | accepts | meaning |', '|--|--|--|--|', ...rows].join('\n'));
  }
  return `${parts.join('\n\n')}\n`;
}

/** Puts the rows of a map under its heading; maps inside it follow under headings of their own. */
function addRows(schema: JsonSchema, path: string, heading: string, sections: Map<string, string[]>): void {
  const required = new Set(schema.required ?? []);
  const rows: string[] = [];
  const inner: (() => void)[] = [];
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    const full = path === '' ? key : `${path}.${key}`;
    const maps = innerMaps(child, full);
    if (maps.length !== 1 || child.properties === undefined) rows.push(row(full, child, required.has(key)));
    for (const { map, name, note } of maps) {
      inner.push(() =>
        addRows(map, name, `## \`${name}\`${note}\n\n${child.description ?? ''}`.trim(), sections),
      );
    }
  }
  if (rows.length > 0) sections.set(heading, rows);
  for (const add of inner) add();
}

function innerMaps(schema: JsonSchema, name: string): { map: JsonSchema; name: string; note: string }[] {
  return alternatives(schema).flatMap((choice) => {
    if (choice.properties !== undefined) {
      const type = choice.properties.type?.const;
      return [{ map: choice, name, note: type === undefined ? '' : ` of type \`${String(type)}\`` }];
    }
    return typeof choice.items === 'object' ? innerMaps(choice.items, `${name}[]`) : [];
  });
}

function row(key: string, schema: JsonSchema, required: boolean): string {
  const fallback = required
    ? 'required'
    : schema.default === undefined
      ? 'none'
      : shorten(showDefault(schema));
  const unit = schema.unit === undefined ? '' : ` (${schema.unit})`;
  const cells = [`\`${key}\``, fallback, `${describeAllowed(schema)}${unit}`, `${schema.description ?? ''}`];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function showDefault(schema: JsonSchema): string {
  const { default: value } = schema;
  if (value === null) return 'empty';
  if (typeof value === 'object' && !Array.isArray(value)) {
    return schema.additionalProperties === undefined ? 'see below' : 'see the sample file';
  }
  return `\`${showValue(value)}\``;
}

function shorten(text: string): string {
  return text.length > 80 ? 'see the sample file' : text;
}

/** JSON Schema for editors: completion, hover texts, and (for our own file) unknown keys marked. */
export function editorSchema(format: ConfigSource['format']): JsonSchema {
  const schema = toJsonSchema(CONFIG_FORMATS[format].schema);
  return CONFIG_FORMATS[format].unknownKeys === 'error' ? closed(schema) : schema;
}

function closed<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(closed) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, closed(item)]));
  const isMap = 'properties' in copy && !('additionalProperties' in copy);
  return (isMap ? { ...copy, additionalProperties: false } : copy) as Value;
}
