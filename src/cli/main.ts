#!/usr/bin/env node
import { buildProgram } from './program.ts';
import { endWithReader } from './quiet-pipes.ts';
import { runProgram } from './run-program.ts';

endWithReader();
await runProgram(async () => {
  const args = process.argv.slice(2);
  const program = await buildProgram(args);
  await program.parseAsync(args, { from: 'user' });
});
