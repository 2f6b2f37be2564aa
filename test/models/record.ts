import { runRecord } from '../run-record.ts';

/**
 * Which networks have passed, in the file that ARPENT_CONTRACT_RECORD names: a long run can be broken off and taken up again, on
 * another machine too with `test/slow/contract-passed.json` (seconds are null where the record of a run is gone). Take a network out of
 * the file after a change of it.
 */
const passed = runRecord(process.env.ARPENT_CONTRACT_RECORD);

/** Whether a network has not passed yet under `contract`. */
export function isDue(contract: string, name: string): boolean {
  return !passed.has(`${contract} ${name}`);
}

/** Remembers that it has. */
export function markPassed(contract: string, name: string, seconds: number): void {
  passed.add(`${contract} ${name}`, seconds);
}
