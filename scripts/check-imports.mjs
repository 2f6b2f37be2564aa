#!/usr/bin/env node
// Checks the import rules of the rooms (docs/architecture.md): `npm run check:imports`.
import { checkImports } from './checks/imports.mjs';
import { root } from './setup/paths.mjs';

const { files, faults } = checkImports(`${root}/src`);
for (const fault of faults) console.error(`error: ${fault}`);
console.log(
  faults.length === 0 ? `import rules hold in ${files} files` : `${faults.length} faults in ${files} files`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
