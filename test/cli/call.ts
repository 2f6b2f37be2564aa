import type { Command } from 'commander';
import { vi } from 'vitest';
import { flairDetectProgram } from '../../src/cli/flair-detect-program.ts';
import { flairProgram } from '../../src/cli/flair-program.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { runProgram } from '../../src/cli/run-program.ts';

/** What a command said and how it ended. */
export interface CallResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What to do when a command has said something. */
type OnOutput = (stdout: string) => void;

async function call(
  build: () => Promise<Command>,
  args: readonly string[],
  onOutput?: OnOutput,
): Promise<CallResult> {
  const said = { stdout: '', stderr: '' };
  const capture = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text);
      onOutput?.(said.stdout);
      return true;
    });
  const spies = [capture('stdout'), capture('stderr')];
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    await runProgram(async () => (await build()).parseAsync([...args], { from: 'user' }));
    return { code: Number(process.exitCode), ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = before;
  }
}

/** Runs `arpent …` in this process. */
export function arpent(...args: string[]): Promise<CallResult> {
  return call(() => buildProgram(args), args);
}

/** Runs `arpent …` in this process and looks at what it says on the way. */
export function arpentWatched(onOutput: OnOutput, ...args: string[]): Promise<CallResult> {
  return call(() => buildProgram(args), args, onOutput);
}

/** Runs IGN's commands in this process. */
export const flair = (...args: string[]): Promise<CallResult> => call(async () => flairProgram(), args);
export const flairDetect = (...args: string[]): Promise<CallResult> =>
  call(async () => flairDetectProgram(), args);
