import { readdirSync, readFileSync } from 'node:fs';
import { root } from '../setup/paths.mjs';

/** Minutes of a file that does not say. */
const USUAL = 5;

/**
 * The long tests, the shortest first. A file says how long it takes in a comment at the start of a line:
 * `// About 3 minutes on two cores.`
 *
 * @returns {{ file: string, minutes: number }[]}
 */
export function slowTests() {
  return readdirSync(`${root}/test/slow`)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => {
      const file = `test/slow/${name}`;
      const said = /^\/\/ About (\d+) minutes? on two cores/m.exec(readFileSync(`${root}/${file}`, 'utf8'));
      return { file, minutes: said ? Number(said[1]) : USUAL };
    })
    .sort((a, b) => a.minutes - b.minutes || a.file.localeCompare(b.file));
}
