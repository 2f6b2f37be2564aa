import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { root } from '../setup/paths.mjs';

/** Counts of checks. @typedef {{ passed: number, failed: number, skipped: number }} Tally */

/** @param {...Tally} tallies @returns {Tally} */
export function sum(...tallies) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of tallies) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}

/** The line a run of tests ends with. @param {Tally} tally */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

const folder = `${root}/build/tallies`;

/** Keeps a run's counts for a later sum. @param {string} name @param {Tally} tally */
export function keepTally(name, tally) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${name}.json`, JSON.stringify(tally));
}

/**
 * The counts kept under a name; a run that kept none (it broke off) counts as one failure.
 *
 * @param {string} name
 * @returns {Tally}
 */
export function keptTally(name) {
  const path = `${folder}/${name}.json`;
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { passed: 0, failed: 1, skipped: 0 };
}
