import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The repository's root. */
export const ROOT = new URL('../../', import.meta.url).pathname;

/** A Python with PyTorch: `$ARPENT_PYTHON`, or the one that set-up made. */
export function findPython(): string {
  const python = process.env.ARPENT_PYTHON ?? join(ROOT, '.arpent/venv/bin/python');
  if (!existsSync(python)) {
    throw new Error(
      `${python} is missing: run set-up with PyTorch, or set ARPENT_PYTHON to a Python that has it`,
    );
  }
  return python;
}
