#!/usr/bin/env node
// Makes a clone ready: installs what is missing, builds what is stale, and is done at once when nothing is.
// Called by `npm run demo`, `npm test` and `npm run bench`; `npm run setup -- --again` searches for a libtorch anew.
import { machineContext } from './setup/context.mjs';
import { withSetupLock } from './setup/lock.mjs';
import { setUp } from './setup/main.mjs';
import { countSteps, elapsedSince, say } from './setup/report.mjs';
import { describeFailure } from './setup/setup-error.mjs';

const start = performance.now();
try {
  const searchAgain = process.argv.includes('--again');
  const { route, version, cuda } = await withSetupLock(() => setUp(machineContext(say), { searchAgain }));
  const done = countSteps() === 0 ? 'set-up: nothing to do' : 'set-up done';
  say(`${done}; libtorch ${version}${cuda ? ' with CUDA' : ''} (${route}) (${elapsedSince(start)})`);
} catch (error) {
  for (const failure of error instanceof AggregateError ? error.errors : [error])
    say(describeFailure(failure));
  process.exitCode = 1;
}
