#!/usr/bin/env node
import { flairDetectProgram } from './flair-detect-program.ts';
import { endWithReader } from './quiet-pipes.ts';
import { runProgram } from './run-program.ts';

endWithReader();
await runProgram(() => flairDetectProgram().parseAsync());
