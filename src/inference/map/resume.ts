import { rm } from 'node:fs/promises';
import { JournalMismatchError } from '../errors.ts';
import { encodeSettings } from './commit-queue.ts';
import { Journal } from './journal.ts';
import type { MapOutputs } from './outputs.ts';
import { differingSettings, type MapSettings, tileOfSettings } from './record.ts';
import { decodeTile, type FinishedTile } from './tile-record.ts';

/** Where the journal of a half-finished map lies. */
export const journalPath = (output: string): string => `${output}.journal`;

/**
 * Side of the windows of a map that was begun and not finished; null where there is none. Who leaves the side to be chosen goes on with
 * this one: what the choice rests on (memory, measured needs) may have changed since.
 */
export async function begunTile(output: string): Promise<number | null> {
  const first = await Journal.first(journalPath(output));
  return first === null ? null : tileOfSettings(JSON.parse(first.toString('utf8')) as MapSettings);
}

/** A map that begins, or goes on where an earlier run stopped. */
export interface BegunMap {
  readonly outputs: MapOutputs;
  readonly journal: Journal | null;
  /** Windows that are finished already; they are in the outputs. */
  readonly finished: number;
}

/** How to begin. */
export interface BeginOptions {
  readonly output: string;
  readonly settings: MapSettings;
  readonly journal: boolean;
  readonly restart: boolean;
  readonly overwrite: boolean;
  /** Opens the outputs; those of a run that is continued may be there already and are replaced. */
  readonly open: (overwrite: boolean) => Promise<MapOutputs>;
  /** Is told each window that an earlier run finished. */
  readonly onFinished: (tile: FinishedTile) => void;
}

/**
 * Opens the outputs of a map and writes to them what an earlier run finished.
 * @throws JournalMismatchError, OutputExistsError
 */
export async function beginMap(options: BeginOptions): Promise<BegunMap> {
  const { output, settings, overwrite } = options;
  const path = journalPath(output);
  if (!options.journal) return { outputs: await options.open(overwrite), journal: null, finished: 0 };
  if (options.restart) await rm(path, { force: true });
  const state: { outputs: MapOutputs | null; finished: number } = { outputs: null, finished: 0 };
  const take = async (payload: Buffer, index: number): Promise<boolean> => {
    if (index === 0) {
      const differing = differingSettings(JSON.parse(payload.toString('utf8')) as MapSettings, settings);
      if (differing.length > 0 && !overwrite) throw new JournalMismatchError(output, differing);
      if (differing.length > 0) return false;
      state.outputs = await options.open(true);
      return true;
    }
    const tile = await decodeTile(payload);
    if (tile.index !== state.finished) return false;
    await state.outputs!.write(tile);
    options.onFinished(tile);
    state.finished++;
    return true;
  };
  try {
    const resumed = await Journal.resume(path, take);
    if (resumed !== null && state.outputs !== null) {
      return { outputs: state.outputs, journal: resumed, finished: state.finished };
    }
    await resumed?.close();
    state.outputs = await options.open(overwrite);
    const journal = await Journal.create(path);
    await journal.append(encodeSettings(settings));
    return { outputs: state.outputs, journal, finished: 0 };
  } catch (error) {
    await state.outputs?.abort();
    throw error;
  }
}
