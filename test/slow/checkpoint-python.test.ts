import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeOurFiles } from '../weights/support/our-files.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

/** A Python with PyTorch: `$ARPENT_PYTHON`, or the one that set-up made. */
function findPython(): string {
  const python = process.env.ARPENT_PYTHON ?? join(ROOT, '.arpent/venv/bin/python');
  if (!existsSync(python)) {
    throw new Error(
      `${python} is missing: run set-up with PyTorch, or set ARPENT_PYTHON to a Python that has it`,
    );
  }
  return python;
}

it('PyTorch opens what we write now, with weights_only=True', () => {
  const folder = mkdtempSync(join(tmpdir(), 'arpent-python-'));
  try {
    writeOurFiles(folder);
    const output = execFileSync(findPython(), [join(ROOT, 'tools/reference/checkpoints_ours.py'), folder]);
    expect(output.toString()).toMatch(/PyTorch .* agrees/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
