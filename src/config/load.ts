import { readFile } from 'node:fs/promises';
import { ArpentError } from '../core/errors.ts';
import { ConfigError, type ConfigIssue } from './config-issue.ts';
import type { ConfigReading } from './config-reading.ts';
import { detectFormat } from './detect-format.ts';
import { ARPENT_FORMAT, type ConfigFormat, DETECT_FORMAT, FLAIR_FORMAT, LEGACY_FORMAT } from './formats.ts';
import { interpret, startReading } from './interpret.ts';
import type { LoadOptions } from './load-options.ts';
import type { MapConfig } from './map-config.ts';
import type { RunConfig } from './run-config.ts';
import { SourceText } from './source-text.ts';

/** A configuration ready for use, and what deserves a look in its file. */
export interface Loaded<Config> {
  readonly config: Config;
  readonly warnings: readonly ConfigIssue[];
}

/** The configuration file cannot be read at all (missing, a folder, no permission). */
export class ConfigFileError extends ArpentError {}

/** Reads a text file whole. @throws {ConfigFileError} */
export async function readConfigText(file: string): Promise<SourceText> {
  try {
    const text = await readFile(file, 'utf8');
    return new SourceText(text.replace(/^\uFEFF/, ''), file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigFileError(`the configuration file cannot be read: ${reason}`, {
      file,
      remedy: 'give the path of a YAML file',
      cause,
    });
  }
}

/**
 * Reads a run: `arpent.yaml`, IGN's `flair` YAML or the one of its `legacy-torch` branch, told apart by their keys.
 * @throws {ConfigError} listing every problem; {@link ConfigFileError} when there is no file.
 */
export async function loadRunConfig(file: string, options: LoadOptions = {}): Promise<Loaded<RunConfig>> {
  return parseRunConfig(await readConfigText(file), options);
}

/** Like {@link loadRunConfig}, of a text that is already at hand. @throws {ConfigError} */
export function parseRunConfig(source: SourceText, options: LoadOptions = {}): Loaded<RunConfig> {
  const reading = startReading(source);
  const format = options.format ?? detectFormat(reading.tree);
  if (format === 'flair-detect') {
    reading.error(
      'wrong-value',
      [],
      'this file describes the mapping of one raster; use it with flair-detect or arpent map',
    );
  }
  if (format === 'arpent') return finish(reading, ARPENT_FORMAT, options);
  return format === 'flair-legacy'
    ? finish(reading, LEGACY_FORMAT, options)
    : finish(reading, FLAIR_FORMAT, options);
}

/**
 * Reads IGN's `flair-detect` YAML.
 * @throws {ConfigError} listing every problem; {@link ConfigFileError} when there is no file.
 */
export async function loadMapConfig(file: string, options: LoadOptions = {}): Promise<Loaded<MapConfig>> {
  return parseMapConfig(await readConfigText(file), options);
}

/** Like {@link loadMapConfig}, of a text that is already at hand. @throws {ConfigError} */
export function parseMapConfig(source: SourceText, options: LoadOptions = {}): Loaded<MapConfig> {
  const reading = startReading(source);
  if (!reading.failed && detectFormat(reading.tree) === 'flair' && reading.tree.has(['tasks'])) {
    reading.error(
      'wrong-value',
      [],
      'this file describes training and prediction; use it with flair or arpent run',
    );
  }
  return finish(reading, DETECT_FORMAT, options);
}

function finish<Values, Config>(
  reading: ConfigReading,
  format: ConfigFormat<Values, Config>,
  options: LoadOptions,
): Loaded<Config> {
  const { config } = interpret(reading, format, options);
  const issues = inFileOrder(reading.issues);
  if (config === null) throw new ConfigError(reading.source.file, issues);
  return { config, warnings: issues };
}

/** Issues by line; those about absent keys last. */
export function inFileOrder(issues: readonly ConfigIssue[]): ConfigIssue[] {
  const line = (issue: ConfigIssue) => issue.place?.line ?? Number.POSITIVE_INFINITY;
  return issues.toSorted((a, b) => (line(a) === line(b) ? 0 : line(a) - line(b)));
}
