import { randomBytes } from 'node:crypto';
import type { RunConfig } from '../../config/index.ts';
import { cudaDeviceCount, getNumThreads, setNumThreads } from '../../engine/index.ts';
import { joinGroup, listen, RankLostError, teamOf, type World, worldOf } from '../../training/index.ts';
import type { PatchLists } from '../loaders.ts';
import { type TrainRunEvent, type TrainRunResult, trainRun } from '../train.ts';
import { Children } from './children.ts';
import type { Place } from './messages.ts';
import { PATIENCE } from './patience.ts';
import { fingerprint, settleHardware } from './settle-hardware.ts';

/** Who trains this run: the processes of every machine. @throws WorldError */
export function worldOfRun({ hardware, tasks }: RunConfig): World {
  const alone = { size: 1, localSize: 1, nodes: 1, node: 0, rank: 0, master: null };
  return tasks.train ? worldOf(hardware, cudaDeviceCount()) : alone;
}

/**
 * Trains on several devices at once: each has a process with a copy of the network and its share of every batch, and
 * after each backward pass all take the mean of their gradients. This process is the first of its machine; it starts the
 * others. Only rank 0 writes files; on other machines nothing is written.
 *
 * When a process fails or is lost, all stop, and the checkpoint of the last complete epoch is kept.
 *
 * @throws TrainingProcessError, RankLostError, RendezvousError
 */
export async function trainInParallel(
  config: RunConfig,
  lists: PatchLists,
  world: World,
  onEvent: (event: TrainRunEvent) => void,
  signal?: AbortSignal,
): Promise<TrainRunResult> {
  const { rank, size, localSize, nodes, master } = world;
  const open = nodes > 1;
  const door = rank === 0 ? await listen(master?.port ?? 0, open) : undefined;
  const place: Place = {
    ...{ rank, size, open },
    master: master ?? { host: '127.0.0.1', port: door!.port },
    token: master?.token ?? randomBytes(32).toString('hex'),
    job: fingerprint(config, [lists.train.length, lists.validation.length]),
  };
  const threads = getNumThreads();
  const children = new Children();
  try {
    for (let localRank = 1; localRank < localSize; localRank++) {
      const assigned = { ...place, rank: rank + localRank };
      children.start({ place: assigned, config: settleHardware(config, localRank, world) });
    }
    const group = await joinGroup({ ...place, door, timeout: PATIENCE, signal: children.signal });
    const team = teamOf(group);
    try {
      return await trainRun(settleHardware(config, 0, world), lists, onEvent, signal, team);
    } finally {
      team.close();
    }
  } catch (error) {
    // A broken connection is the consequence; what the process at its other end tells is the cause.
    if (error instanceof RankLostError) throw (await children.failure()) ?? error;
    throw error;
  } finally {
    door?.close();
    await children.end();
    setNumThreads(threads);
  }
}
