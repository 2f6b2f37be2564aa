// Runs networks in the page, beside the thread that draws.
import { api } from '../api.ts';
import { localCount } from './local-count.ts';
import { LocalMap } from './local-map.ts';
import { localTile } from './local-tile.ts';
import type { LocalModel, LocalOrder, LocalReport, LocalTask, LocalTasks } from './messages.ts';
import { LocalNetwork } from './network.ts';

interface Waiting {
  readonly id: number;
  readonly task: LocalTask;
  readonly args: never;
}

interface Running {
  readonly progress: (share: number) => void;
  readonly cancelled: () => boolean;
}

const networks = new Map<string, Promise<LocalNetwork>>();
const waiting: Waiting[] = [];
const cancelled = new Set<number>();
let map: LocalMap | null = null;
let busy = false;

const tell = (report: LocalReport, transfer: Transferable[] = []) => postMessage(report, { transfer });

function network(model: LocalModel): Promise<LocalNetwork> {
  // Rasters of another type are scaled otherwise.
  const key = `${model.id} ${JSON.stringify(model.graph.scaling)}`;
  const loaded = networks.get(key) ?? LocalNetwork.load(model);
  networks.set(key, loaded);
  loaded.catch(() => networks.delete(key));
  return loaded;
}

function opened(): LocalMap {
  if (map === null) throw new Error('no raster is open');
  return map;
}

const tasks: {
  readonly [Task in LocalTask]: (
    args: LocalTasks[Task]['args'],
    running: Running,
  ) => Promise<LocalTasks[Task]['value']>;
} = {
  async open({ raster, models }) {
    const loaded = await Promise.all(models.map(network));
    const sizes = new Set(loaded.map(({ graph }) => graph.classes));
    if (sizes.size > 1) throw new Error('these models have different classes');
    map = new LocalMap(raster, loaded);
    return { engine: `ONNX Runtime Web, ${loaded[0]!.provider}` };
  },
  tile: (tile, { cancelled: stop }) => localTile(opened(), tile, stop),
  count: ({ polygon, finishedOnly }, { cancelled: stop }) =>
    localCount(opened(), polygon, finishedOnly, stop),
  async inspect({ x, y }) {
    const of = opened();
    const found = await api.inspect(of.raster.id, x, y, []);
    const probabilities = Array.from(await of.probabilities(found.column, found.row));
    const best = probabilities.indexOf(Math.max(...probabilities));
    return { ...found, models: [{ probabilities, best }] };
  },
  async map(_, { progress, cancelled: stop }) {
    const start = performance.now();
    await opened().blend(progress, stop);
    return { seconds: (performance.now() - start) / 1000 };
  },
};

/** One task at a time: the latest first, as it shows what somebody looks at now. */
async function work(): Promise<void> {
  if (busy) return;
  busy = true;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { id, task, args } = next;
    try {
      const running = {
        progress: (share: number) => tell({ kind: 'progress', id, share }),
        cancelled: () => cancelled.has(id),
      };
      const value: unknown = await tasks[task](args, running);
      tell({ kind: 'done', id, value }, value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : []);
    } catch (error) {
      tell({ kind: 'failed', id, message: (error as Error).message });
    }
    cancelled.delete(id);
  }
  busy = false;
}

addEventListener('message', ({ data }: MessageEvent<LocalOrder>) => {
  if (data.kind === 'cancel') {
    cancelled.add(data.id);
    const place = waiting.findIndex(({ id }) => id === data.id);
    if (place < 0) return;
    waiting.splice(place, 1);
    cancelled.delete(data.id);
    tell({ kind: 'failed', id: data.id, message: 'cancelled' });
    return;
  }
  waiting.push({ id: data.id, task: data.task, args: data.args as never });
  void work();
});
