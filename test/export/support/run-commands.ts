import { buildProgram } from '../../../src/cli/program.ts';
import { runProgram } from '../../../src/cli/run-program.ts';

// Runs several commands, given as JSON, in one process: libtorch must not be asked for by any.
for (const args of JSON.parse(process.argv[2]!) as string[][]) {
  await runProgram(async () => {
    await (await buildProgram(args)).parseAsync(args, { from: 'user' });
  });
  if (process.exitCode) break;
}
