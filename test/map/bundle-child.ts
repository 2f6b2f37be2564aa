import { mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..', '..');

/**
 * Puts `map-child.ts` and its threads in plain JavaScript: a process that is started hundreds of times then spends its time
 * on the map, not on its own sources. They lie inside the repository, where packages are found.
 */
export async function bundleChild(): Promise<{ readonly script: string; readonly remove: () => void }> {
  const folder = mkdtempSync(join(root, 'node_modules', '.map-child-'));
  await build({
    absWorkingDir: root,
    entryPoints: [
      'test/map/map-child.ts',
      'src/inference/map/fold-thread.ts',
      'src/raster/writers/thread/geotiff-thread.ts',
    ],
    entryNames: '[name]',
    outdir: folder,
    ...{
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
    },
    logLevel: 'error',
  });
  return {
    script: join(folder, 'map-child.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
