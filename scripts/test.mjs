#!/usr/bin/env node
// `npm test`: style, types, import rules, every fast test, and the engine's tests against a second libtorch where one
// can be had. Ends with one line of counts.
import { checkCommand } from './checks/command.mjs';
import { ensureGdalPrograms } from './checks/gdal-programs.mjs';
import { secondLibtorch } from './checks/second-libtorch.mjs';
import { closingLine, keepTally, sum } from './checks/tally.mjs';
import { runVitest } from './checks/vitest.mjs';
import { root } from './setup/paths.mjs';

await ensureGdalPrograms();
const modules = `${root}/node_modules`;
const tallies = [
  await checkCommand('style', process.execPath, [
    `${modules}/@biomejs/biome/bin/biome`,
    'check',
    '.',
    '--max-diagnostics=30',
  ]),
  await checkCommand('types', process.execPath, [`${modules}/typescript/bin/tsc`, '--noEmit']),
  await checkCommand('import rules', process.execPath, [`${root}/scripts/check-imports.mjs`]),
  await runVitest('tests', []),
];

const second = await secondLibtorch();
if ('binary' in second) {
  const env = { ARPENT_NATIVE: second.binary };
  tallies.push(
    await runVitest(`engine tests with libtorch ${second.version}`, ['src/engine', 'test/bridge'], { env }),
  );
} else {
  console.log(`- engine tests with a second libtorch: ${second.reason}`);
  tallies.push({ passed: 0, failed: second.failed ? 1 : 0, skipped: second.failed ? 0 : 1 });
}

const total = sum(...tallies);
keepTally('test', total);
process.exitCode = total.failed === 0 ? 0 : 1;
console.log(closingLine(total));
