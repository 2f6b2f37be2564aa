import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeOurFiles } from './support/our-files.ts';

// The files of these checksums were opened by PyTorch (weights_only=True), safetensors and NumPy and compared byte for
// byte by tools/reference/checkpoints_ours.py. Whoever changes a writer runs that script again.
it('writes exactly the bytes that PyTorch, safetensors and NumPy were seen to read', () => {
  const recorded = JSON.parse(
    readFileSync(new URL('../golden/checkpoints/ours.json', import.meta.url), 'utf8'),
  ) as { sha256: Record<string, string> };
  const folder = mkdtempSync(join(tmpdir(), 'arpent-ours-'));
  try {
    writeOurFiles(folder);
    const names = readdirSync(folder).filter((name) => name !== 'manifest.json');
    const found = names.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]);
    expect(Object.fromEntries(found)).toEqual(recorded.sha256);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
