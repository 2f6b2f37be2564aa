import type { z } from 'zod';
import { normalizeArpentLayout } from './arpent-layout.ts';
import { resolveArpent } from './arpent-resolve.ts';
import { checkArpent } from './arpent-rules.ts';
import { arpentSchema } from './arpent-schema.ts';
import type { ConfigReading } from './config-reading.ts';
import { resolveDetect } from './detect-resolve.ts';
import { checkDetect } from './detect-rules.ts';
import { detectSchema } from './detect-schema.ts';
import type { RuleContext } from './file-rules.ts';
import { normalizeDetectLayout, normalizeFlairLayout } from './flair-layout.ts';
import { resolveFlair } from './flair-resolve.ts';
import { checkFlair } from './flair-rules.ts';
import { flairSchema } from './flair-schema.ts';
import { checkLegacy, resolveLegacy } from './legacy-resolve.ts';
import { legacySchema } from './legacy-schema.ts';
import type { MapConfig } from './map-config.ts';
import type { ConfigSource, RunConfig } from './run-config.ts';
import type { JsonSchema } from './schema.ts';

/** Everything that differs between one kind of configuration file and another. */
export interface ConfigFormat<Values, Config> {
  readonly id: ConfigSource['format'];
  readonly schema: z.ZodType<Values>;
  /** Files of other programs may carry keys of their own. */
  readonly unknownKeys: 'warning' | 'error';
  /** Where relative paths start. */
  readonly pathsFrom: 'working-directory' | 'file';
  /** Brings older names and layouts to today's. */
  normalize(reading: ConfigReading, json: JsonSchema): void;
  /** Checks what holds between keys. */
  check(context: RuleContext, values: Values): void;
  resolve(values: Values, context: RuleContext, source: ConfigSource): Config;
}

export const FLAIR_FORMAT: ConfigFormat<z.output<typeof flairSchema>, RunConfig> = {
  id: 'flair',
  schema: flairSchema,
  unknownKeys: 'warning',
  pathsFrom: 'working-directory',
  normalize: normalizeFlairLayout,
  check: checkFlair,
  resolve: (values, { reading, baseFolder }, source) => {
    const written = reading.tree.keysInOrder(['classes']);
    const classKeys = written.length > 0 ? written : Object.keys(values.classes);
    return resolveFlair(values, { source, baseFolder, classKeys });
  },
};

export const LEGACY_FORMAT: ConfigFormat<z.output<typeof legacySchema>, RunConfig> = {
  id: 'flair-legacy',
  schema: legacySchema,
  unknownKeys: 'warning',
  pathsFrom: 'working-directory',
  normalize: () => {},
  check: checkLegacy,
  resolve: (values, { baseFolder }, source) => resolveLegacy(values, source, baseFolder),
};

export const DETECT_FORMAT: ConfigFormat<z.output<typeof detectSchema>, MapConfig> = {
  id: 'flair-detect',
  schema: detectSchema,
  unknownKeys: 'warning',
  pathsFrom: 'working-directory',
  normalize: normalizeDetectLayout,
  check: checkDetect,
  resolve: (values, { baseFolder }, source) => resolveDetect(values, source, baseFolder),
};

export const ARPENT_FORMAT: ConfigFormat<z.output<typeof arpentSchema>, RunConfig> = {
  id: 'arpent',
  schema: arpentSchema,
  unknownKeys: 'error',
  pathsFrom: 'file',
  normalize: normalizeArpentLayout,
  check: checkArpent,
  resolve: (values, { baseFolder }, source) => resolveArpent(values, source, baseFolder),
};

/** Every kind of configuration file, by name. */
export const CONFIG_FORMATS = {
  arpent: ARPENT_FORMAT,
  flair: FLAIR_FORMAT,
  'flair-detect': DETECT_FORMAT,
  'flair-legacy': LEGACY_FORMAT,
} as const;
