// The thread of WriterThread: rasters are written here, each order in its turn.
import { parentPort } from 'node:worker_threads';
import { GeoTiffWriter } from '../geotiff-writer.ts';
import type { Order, Report, Task } from './messages.ts';
import { passError } from './passed-error.ts';

const writers = new Map<number, GeoTiffWriter>();

async function run(raster: number, task: Task): Promise<void> {
  if (task.kind === 'create') {
    writers.set(raster, new GeoTiffWriter(task.plan));
    return;
  }
  const writer = writers.get(raster)!;
  if (task.kind === 'write') await writer.write(task.block, task.x, task.y, task.band);
  else if (task.kind === 'skip') await writer.skip(task.window);
  else {
    writers.delete(raster);
    await (task.kind === 'close' ? writer.close() : writer.abort());
  }
}

parentPort!.on('message', ({ id, raster, task }: Order) => {
  const report = (error: Report['error']) => parentPort!.postMessage({ id, error } satisfies Report);
  run(raster, task).then(
    () => report(null),
    (error: unknown) => report(passError(error)),
  );
});
