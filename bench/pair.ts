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
  /** What the peer printed last. */
  readonly lastOfPeer: Timing;
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

/** Compares ours with several peers in turns, so that whatever else the machine does falls on all. */
export async function compare(
  ours: Command,
  peers: readonly Command[],
  repeats: number,
): Promise<readonly PairResult[]> {
  const mine: Timing[] = [];
  const others: Timing[][] = peers.map(() => []);
  for (let round = 0; round < repeats; round++) {
    // Whoever runs first finds a colder or warmer machine: take turns at that too.
    if (round % 2 === 0) mine.push(await time(ours));
    for (const [i, command] of peers.entries()) others[i]!.push(await time(command));
    if (round % 2 === 1) mine.push(await time(ours));
  }
  return others.map((timings) => {
    const rounds = timings.map((timing, round) => ({
      ours: median(mine[round]!.seconds),
      theirs: median(timing.seconds),
    }));
    const ratios = rounds.map((round) => round.ours / round.theirs);
    return {
      ratio: median(ratios),
      ours: median(rounds.map((round) => round.ours)),
      theirs: median(rounds.map((round) => round.theirs)),
      ratios,
      last: mine.at(-1)!,
      lastOfPeer: timings.at(-1)!,
    };
  });
}

/** {@link compare} with one peer. */
export async function pair(ours: Command, theirs: Command, repeats: number): Promise<PairResult> {
  return (await compare(ours, [theirs], repeats))[0]!;
}
