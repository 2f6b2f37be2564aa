import { type ConfigIssue, formatIssue } from './config-issue.ts';
import type { ConfigReading } from './config-reading.ts';
import { formatPath, type KeyPath } from './config-tree.ts';
import { detectFormat } from './detect-format.ts';
import { CONFIG_FORMATS, type ConfigFormat } from './formats.ts';
import { interpret, startReading } from './interpret.ts';
import { inFileOrder, readConfigText } from './load.ts';
import type { LoadOptions } from './load-options.ts';
import { childSchema, chooseAlternative, type JsonSchema, toJsonSchema } from './schema.ts';
import type { SourceText } from './source-text.ts';

/** One key of a resolved configuration. */
export interface ExplainedKey {
  /** Present name of the key, dotted. */
  readonly key: string;
  readonly value: unknown;
  /** 1-based line that sets it; `null` for a default. */
  readonly line: number | null;
  /** The name it is written under, where that is an older one. */
  readonly writtenAs: string | null;
  readonly meaning: string;
  readonly unit: string | null;
}

/** A configuration file, key by key. */
export interface Explanation {
  readonly file: string | null;
  readonly format: string;
  /** Empty when the values are too broken to tell. */
  readonly keys: readonly ExplainedKey[];
  readonly issues: readonly ConfigIssue[];
}

/** Explains a configuration file of any kind. Problems are part of the answer; only a missing file throws. */
export async function explainConfig(file: string, options: LoadOptions = {}): Promise<Explanation> {
  return explainText(await readConfigText(file), options);
}

/** Like {@link explainConfig}, of a text that is already at hand. */
export function explainText(source: SourceText, options: LoadOptions = {}): Explanation {
  const reading = startReading(source);
  const format: ConfigFormat<unknown, unknown> = CONFIG_FORMATS[options.format ?? detectFormat(reading.tree)];
  const { values } = interpret(reading, format, options);
  const keys: ExplainedKey[] = [];
  if (values !== null) collect(reading, toJsonSchema(format.schema), values, [], keys);
  return { file: source.file, format: format.id, keys, issues: inFileOrder(reading.issues) };
}

function collect(
  reading: ConfigReading,
  schema: JsonSchema,
  value: unknown,
  path: KeyPath,
  into: ExplainedKey[],
): void {
  const chosen = chooseAlternative(schema, value) ?? schema;
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  const isMapList =
    Array.isArray(value) && value.some((item) => typeof item === 'object' && !Array.isArray(item));
  if (path.length === 0 || isMap || isMapList) {
    for (const key of entryKeys(reading, value, path)) {
      const child = childSchema(chosen, key) ?? {};
      collect(reading, child, (value as Record<string | number, unknown>)[key], [...path, key], into);
    }
    return;
  }
  const origin = reading.tree.originOf(path);
  const writtenAs = origin === undefined ? formatPath(path) : formatPath(origin.writtenAs);
  into.push({
    key: formatPath(path),
    value,
    line: reading.lineOf(path),
    writtenAs: writtenAs === formatPath(path) ? null : writtenAs,
    meaning: schema.description ?? '',
    unit: schema.unit ?? null,
  });
}

/** Keys in the order of the file where the order matters (`classes`), else in the order of the schema. */
function entryKeys(reading: ConfigReading, value: unknown, path: KeyPath): (string | number)[] {
  if (Array.isArray(value)) return value.map((_, at) => at);
  const keys = Object.keys(value as object);
  const numbered = keys.every((key) => /^-?\d+$/.test(key));
  return numbered && reading.tree.has(path) ? reading.tree.keysInOrder(path) : keys;
}

/** The explanation as aligned text: key, value, where it is set, meaning; problems first. */
export function formatExplanation({ file, format, keys, issues }: Explanation): string {
  const lines = [`# ${file ?? 'configuration'} (${format})`];
  for (const issue of issues) lines.push(formatIssue(issue, file));
  const rows = keys.map(({ key, value, line, writtenAs, meaning, unit }) => [
    key,
    showValue(value),
    line === null ? 'default' : `line ${line}${writtenAs === null ? '' : ` (${writtenAs})`}`,
    unit === null ? meaning : `${meaning} [${unit}]`,
  ]);
  const widths = [0, 1, 2].map((column) =>
    Math.min(48, Math.max(0, ...rows.map((row) => row[column]!.length))),
  );
  for (const row of rows) {
    lines.push(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
  return `${lines.join('\n')}\n`;
}

/** A value as YAML would write it on one line. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `[${value.map(showValue).join(', ')}]`;
  if (typeof value === 'string')
    return /^[\w./][\w./: -]*$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`;
  return JSON.stringify(value);
}
