import { dirname, resolve } from 'node:path';
import { coerceScalars } from './coerce.ts';
import { ConfigReading } from './config-reading.ts';
import type { ConfigFormat } from './formats.ts';
import type { LoadOptions } from './load-options.ts';
import { readYaml } from './read-yaml.ts';
import { toJsonSchema } from './schema.ts';
import type { SourceText } from './source-text.ts';
import { reportUnknownKeys } from './unknown-keys.ts';
import { validate } from './validate.ts';

/** A file after every step; `config` is `null` when the file has errors. */
export interface Interpretation<Values, Config> {
  readonly reading: ConfigReading;
  /** Complete values under the file's own key names; `null` when some are wrong. */
  readonly values: Values | null;
  readonly config: Config | null;
}

/** Starts a reading: the text as values with places, and what is wrong with it as YAML. */
export function startReading(source: SourceText): ConfigReading {
  const { tree, issues } = readYaml(source);
  return new ConfigReading(source, tree, issues);
}

/** Takes a reading through layout, unknown keys, values, rules and resolution, collecting every problem on the way. */
export function interpret<Values, Config>(
  reading: ConfigReading,
  format: ConfigFormat<Values, Config>,
  { baseFolder, checkFiles = true }: LoadOptions = {},
): Interpretation<Values, Config> {
  if (reading.failed) return { reading, values: null, config: null };
  const json = toJsonSchema(format.schema);
  format.normalize(reading, json);
  coerceScalars(reading, json);
  reportUnknownKeys(reading, json, format.unknownKeys);
  const values = validate(reading, format.schema);
  if (values === null) return { reading, values, config: null };
  const file = reading.source.file === null ? null : resolve(reading.source.file);
  const home = format.pathsFrom === 'file' && file !== null ? dirname(file) : process.cwd();
  const context = { reading, baseFolder: resolve(baseFolder ?? home), checkFiles };
  format.check(context, values);
  if (reading.failed) return { reading, values, config: null };
  return { reading, values, config: format.resolve(values, context, { file, format: format.id }) };
}
