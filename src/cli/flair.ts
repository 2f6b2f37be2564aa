#!/usr/bin/env node
import { flairProgram } from './flair-program.ts';
import { endWithReader } from './quiet-pipes.ts';
import { runProgram } from './run-program.ts';

endWithReader();
await runProgram(() => flairProgram().parseAsync());
