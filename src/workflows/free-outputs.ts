import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RunConfig } from '../config/index.ts';
import { OutputExistsError } from '../core/index.ts';

const firstIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .slice(0, 1)
        .map((name) => join(folder, name))
    : [];

/**
 * Refuses to start a run that would write over what an earlier one left, before any work is done. Resumed training goes
 * on in its own folder.
 * @throws OutputExistsError naming a file that is in the way, unless the run may overwrite
 */
export function requireFreeOutputs({ outputs, tasks }: RunConfig): void {
  if (outputs.overwrite) return;
  const log = join(outputs.folder, 'metrics.csv');
  // A run that failed before its first epoch leaves an empty log, which is nothing to keep.
  const logs = existsSync(log) && statSync(log).size > 0 ? [log] : [];
  const trained = tasks.train && tasks.start.kind !== 'resume';
  const [taken] = [
    ...(trained ? [...logs, ...firstIn(outputs.checkpoints)] : []),
    ...(tasks.predict ? firstIn(outputs.predictions) : []),
    ...(tasks.metrics ? firstIn(outputs.metrics) : []),
  ];
  if (taken !== undefined) throw new OutputExistsError(taken);
}
