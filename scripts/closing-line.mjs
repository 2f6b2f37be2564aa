#!/usr/bin/env node
// Prints one line for several runs of checks together: `node scripts/closing-line.mjs test full`.
import { closingLine, keptTally, sum } from './checks/tally.mjs';

console.log(closingLine(sum(...process.argv.slice(2).map(keptTally))));
