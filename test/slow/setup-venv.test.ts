// About 2 minutes on two cores.
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { machineContext } from '../../scripts/setup/context.mjs';
import { venvRoute } from '../../scripts/setup/routes/venv.mjs';

test('a virtual environment made from nothing holds a whole libtorch, or the reason names the sources asked', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'arpent-venv-'));
  try {
    const context = { ...machineContext(() => undefined), venv: join(folder, 'venv') };
    const found = await venvRoute.find(context).catch((error: Error) => error);
    if (found instanceof Error) {
      expect(found.message).toContain('https://download.pytorch.org/whl/cpu');
    } else {
      expect(found).toMatchObject({ version: '2.13.0', abi: 1 });
      expect(existsSync(join(found.lib, 'libtorch_cpu.so'))).toBe(true);
      expect(existsSync(join(found.include, 'ATen', 'ATen.h'))).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
