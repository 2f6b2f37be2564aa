import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Which networks have passed, in the file that ARPENT_CONTRACT_RECORD names: a long run can be broken off and taken up again, on
 * another machine too with `test/slow/contract-passed.json`. Without the variable nothing is remembered and every network has its turn.
 * Take a network out of the file after a change of it.
 */
const file = process.env.ARPENT_CONTRACT_RECORD;

/** Seconds are those of the run that passed; null for runs whose record is gone. */
type Passed = Record<string, { readonly seconds: number | null }>;

const read = (): Passed => {
  return file && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Passed) : {};
};

/** Whether a network has not passed yet under `contract`. */
export function isDue(contract: string, name: string): boolean {
  return read()[`${contract} ${name}`] === undefined;
}

/** Remembers that it has. */
export function markPassed(contract: string, name: string, seconds: number): void {
  if (!file) return;
  const passed = { ...read(), [`${contract} ${name}`]: { seconds: Math.round(seconds * 10) / 10 } };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.partial-${process.pid}`, `${JSON.stringify(passed, null, 1)}\n`);
  renameSync(`${file}.partial-${process.pid}`, file);
}
