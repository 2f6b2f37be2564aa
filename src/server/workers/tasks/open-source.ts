import { type OpenOptions, openRaster, type Raster } from '../../../raster/index.ts';
import type { RasterSource } from '../messages.ts';

/** Rasters kept open; opening one again costs milliseconds, its blocks stay cached. */
const KEPT = 6;
const open = new Map<string, Promise<Raster>>();

/** Opens a raster or finds it open. Only self-contained formats, or an address of the server's own proxy. */
export function openSource(
  { path, remote }: RasterSource,
  options: Pick<OpenOptions, 'bands' | 'palette'> = {},
): Promise<Raster> {
  const key = JSON.stringify([path, options]);
  let raster = open.get(key);
  if (raster === undefined) {
    raster = openRaster(path, { ...options, ...(remote ? { allowRemote: true } : { untrusted: true }) });
    raster.catch(() => open.delete(key));
  }
  // Taken out and put back: the first entry is the one that was not used for longest.
  open.delete(key);
  open.set(key, raster);
  if (open.size > KEPT) {
    const [oldest, unused] = open.entries().next().value!;
    open.delete(oldest);
    unused.then((each) => each.close()).catch(() => {});
  }
  return raster;
}
