// About 1 minute on two cores.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeOurFiles } from '../weights/support/our-files.ts';
import { findPython, ROOT } from './python.ts';

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
