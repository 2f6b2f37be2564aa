import { CommanderError } from 'commander';
import { describeError } from './report-error.ts';

/** Exit code for a command line that cannot be understood. */
const USAGE = 2;

/** Runs a program and turns whatever it throws into a message on stderr and an exit code. */
export async function runProgram(program: () => Promise<unknown>): Promise<void> {
  try {
    await program();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : USAGE;
    } else {
      const { text, exitCode } = describeError(error, process.stderr.isTTY === true);
      process.stderr.write(text);
      process.exitCode = exitCode;
    }
  }
}
