import { rename } from 'node:fs/promises';

/**
 * Gives a raster another name in the same file system, and takes its class names (`RASTER.aux.xml`) along. What had that name
 * is replaced.
 */
export async function moveRaster(from: string, to: string): Promise<void> {
  const sidecar = '.aux.xml';
  await rename(`${from}${sidecar}`, `${to}${sidecar}`).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(from, to);
}
