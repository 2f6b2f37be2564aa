// One process of a training on several devices, started by the process that was started by hand.
import { ArpentError } from '../../core/index.ts';
import { joinGroup, teamOf } from '../../training/index.ts';
import { readLists } from '../loaders.ts';
import { trainRun } from '../train.ts';
import type { Assignment, Failure } from './messages.ts';
import { PATIENCE } from './patience.ts';

function described(error: unknown): Failure {
  if (error instanceof ArpentError)
    return { name: error.name, problem: error.message.split('\n')[0]!, remedy: error.remedy };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { name: 'Error', problem: text, remedy: 'report this with what `arpent doctor` prints' };
}

async function takePart({ place, config }: Assignment): Promise<void> {
  const lists = await readLists(config);
  const team = teamOf(await joinGroup({ ...place, timeout: PATIENCE }));
  try {
    await trainRun(config, lists, () => {}, undefined, team);
  } finally {
    team.close();
  }
}

process.once('message', async (assignment: Assignment) => {
  try {
    await takePart(assignment);
    process.exit(0);
  } catch (error) {
    // Told before the process ends: the leader has seen the connection break and waits to learn why.
    process.send?.(described(error), undefined, undefined, () => process.exit(1));
  }
});
// Ctrl-C reaches the whole process group; the leader tells everybody after which step to stop.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit(1));
