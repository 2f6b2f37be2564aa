import { dataTypeOf, intersectWindows, wholeWindow } from '../../../raster/index.ts';
import type { TaskArgs, TaskValue } from '../messages.ts';
import { openSource } from './open-source.ts';

/** Raw cells of a window, mirrored beyond the raster's edge as maps are read, planar, for networks in the browser. */
export async function pixels({ source, window, bands }: TaskArgs<'pixels'>): Promise<TaskValue<'pixels'>> {
  const raster = await openSource(source, { bands, palette: 'rgb' });
  const { data } = await raster.read({ ...window, padding: 'reflect' });
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const masked = raster.bands.some((band) => raster.band(band).mask !== 'all-valid');
  const inside = masked ? intersectWindows(window, wholeWindow(raster)) : null;
  if (inside === null) return { data: bytes, dataType: dataTypeOf(data), valid: null };
  const mask = (await raster.readValidity(inside)).data;
  const valid = new Uint8Array(window.width * window.height);
  for (let row = 0; row < inside.height; row++) {
    const line = mask.subarray(row * inside.width, (row + 1) * inside.width);
    valid.set(line, (inside.y + row - window.y) * window.width + inside.x - window.x);
  }
  return { data: bytes, dataType: dataTypeOf(data), valid };
}
