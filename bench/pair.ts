import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A program to run and its arguments. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What a benchmarked program prints as its last line. */
export interface Timing {
  readonly seconds: readonly number[];
  readonly [key: string]: unknown;
}

/** Ours against the peer's, measured in turns. */
export interface PairResult {
  /** Median of the pairs' ratios: ours / theirs. */
  readonly ratio: number;
  /** Medians of the medians, in seconds. */
  readonly ours: number;
  readonly theirs: number;
  /** Ratio of each pair. */
  readonly ratios: readonly number[];
  readonly last: Timing;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Runs a program to its end and reads the timing it prints. */
export async function time({ program, args, env = {} }: Command): Promise<Timing> {
  const { stdout } = await execute(program, args, { env: { ...process.env, ...env }, maxBuffer: 64 << 20 });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Timing;
}

/** Measures two programs in turns, so that whatever else the machine does falls on both. */
export async function pair(ours: Command, theirs: Command, repeats: number): Promise<PairResult> {
  const rounds: { ours: number; theirs: number }[] = [];
  let last: Timing = { seconds: [] };
  for (let round = 0; round < repeats; round++) {
    // Whoever runs first finds a colder or warmer machine: take turns at that too.
    const order = round % 2 === 0 ? ([ours, theirs] as const) : ([theirs, ours] as const);
    const first = await time(order[0]);
    const second = await time(order[1]);
    const [mine, other] = round % 2 === 0 ? [first, second] : [second, first];
    rounds.push({ ours: median(mine.seconds), theirs: median(other.seconds) });
    last = mine;
  }
  const ratios = rounds.map((round) => round.ours / round.theirs);
  return {
    ratio: median(ratios),
    ours: median(rounds.map((round) => round.ours)),
    theirs: median(rounds.map((round) => round.theirs)),
    ratios,
    last,
  };
}
