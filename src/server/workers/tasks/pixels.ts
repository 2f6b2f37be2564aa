import type { TaskArgs, TaskValue } from '../messages.ts';
import { openSource } from './open-source.ts';

/** Raw cells of a window, mirrored beyond the raster's edge as maps are read, planar, for networks in the browser. */
export async function pixels({ source, window, bands }: TaskArgs<'pixels'>): Promise<TaskValue<'pixels'>> {
  const raster = await openSource(source, { palette: 'rgb' });
  const { data } = await raster.read({ ...window, bands, padding: 'reflect' });
  const dataType = data.constructor.name.replace('Array', '').toLowerCase();
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataType };
}
