import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * What was measured of each network that passed, in the file that ARPENT_EXPORT_RECORD names. Without the variable nothing is
 * remembered. Delete the file after a change of the exporter or of a network.
 */
const file = process.env.ARPENT_EXPORT_RECORD;

type Figures = Record<string, Readonly<Record<string, unknown>>>;

const read = (): Figures =>
  file && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Figures) : {};

/** Whether a network has passed. */
export function isRecorded(name: string): boolean {
  return read()[name] !== undefined;
}

/** Remembers that it has, with its figures. */
export function record(name: string, figures: Readonly<Record<string, unknown>>, seconds: number): void {
  if (!file) return;
  const all = { ...read(), [name]: { ...figures, seconds: Math.round(seconds * 10) / 10 } };
  mkdirSync(dirname(file), { recursive: true });
  const lines = Object.entries(all).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  writeFileSync(`${file}.partial-${process.pid}`, `{\n${lines.join(',\n')}\n}\n`);
  renameSync(`${file}.partial-${process.pid}`, file);
}
