import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

type Figures = Readonly<Record<string, unknown>>;

/** What passed in a long run, and what was measured of it: the run can be broken off and taken up again. */
export interface RunRecord {
  has(name: string): boolean;
  /** @param seconds how long it took */
  add(name: string, seconds: number, figures?: Figures): void;
}

/** The record in a JSON file, a line each; without a file nothing is remembered and everything has its turn. */
export function runRecord(file: string | undefined): RunRecord {
  const read = (): Record<string, Figures> =>
    file && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  return {
    has: (name) => read()[name] !== undefined,
    add(name, seconds, figures = {}) {
      if (!file) return;
      const all = { ...read(), [name]: { ...figures, seconds: Math.round(seconds * 10) / 10 } };
      const lines = Object.entries(all).map(
        ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`,
      );
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.partial-${process.pid}`, `{\n${lines.join(',\n')}\n}\n`);
      renameSync(`${file}.partial-${process.pid}`, file);
    },
  };
}
