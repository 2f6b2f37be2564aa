import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/**
 * Where a long test works: a folder that is removed at its end, or the one that an environment variable names. That one is kept,
 * and what is there already is not made again.
 */
export function keptFolder(variable: string, prefix: string): string {
  const kept = process.env[variable];
  if (kept !== undefined) return kept;
  const folder = mkdtempSync(join(tmpdir(), prefix));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
