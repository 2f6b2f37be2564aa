#!/usr/bin/env node
import { CommanderError } from 'commander';
import { buildProgram } from './program.ts';
import { describeError } from './report-error.ts';

/** Exit code for a command line that cannot be understood. */
const USAGE = 2;

// A reader that closes early (`arpent doctor | head -1`) ends us quietly, like any Unix tool.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const args = process.argv.slice(2);
try {
  const program = await buildProgram(args);
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  } else {
    const { text, exitCode } = describeError(error, process.stderr.isTTY === true);
    process.stderr.write(text);
    process.exitCode = exitCode;
  }
}
