#!/usr/bin/env node
// `npm run check:full`: what takes too long for `npm test`. The demo, every test/slow/*.test.ts, the quick bench. A new
// long check is a file in test/slow; nothing here needs to know it. `$ARPENT_CHECK_MINUTES` is the time there is: a
// check that would not fit is skipped and said so. Parts of names choose some: `npm run check:full -- demo fuzz`.
import { checkCommand } from './checks/command.mjs';
import { slowTests } from './checks/slow-tests.mjs';
import { closingLine, keepTally, sum } from './checks/tally.mjs';
import { runVitest } from './checks/vitest.mjs';

const minute = 60_000;
const budget = Number(process.env.ARPENT_CHECK_MINUTES ?? 90) * minute;
const left = () => budget - performance.now();

/**
 * @typedef {object} Check
 * @property {string} label
 * @property {number} minutes usual length on two cores
 * @property {(timeoutMs: number) => Promise<import('./checks/tally.mjs').Tally>} work
 */

/** @type {readonly Check[]} */
const checks = [
  {
    label: 'the demo',
    minutes: 10,
    work: (timeoutMs) => checkCommand('npm run demo', 'npm', ['run', 'demo'], { show: true, timeoutMs }),
  },
  ...slowTests().map(({ file, minutes }) => ({
    label: file,
    minutes,
    work: (/** @type {number} */ timeoutMs) =>
      runVitest(file, [file], { config: 'vitest.slow.config.ts', timeoutMs }),
  })),
  {
    label: 'the bench, quickly',
    minutes: 10,
    work: (timeoutMs) => {
      const args = ['run', 'bench', '--', '--quick'];
      return checkCommand('npm run bench -- --quick', 'npm', args, { show: true, timeoutMs });
    },
  },
];

const wanted = process.argv.slice(2);
const chosen = checks.filter(
  ({ label }) => wanted.length === 0 || wanted.some((part) => label.includes(part)),
);
if (chosen.length === 0) {
  console.error(
    `no check is called ${wanted.join(' or ')}; there are ${checks.map(({ label }) => label).join(', ')}`,
  );
  process.exit(2);
}
const tallies = [];
for (const { label, minutes, work } of chosen) {
  if (minutes * minute > left()) {
    console.log(
      `- ${label}: skipped, it takes about ${minutes} min and ${Math.floor(left() / minute)} are left`,
    );
    tallies.push({ passed: 0, failed: 0, skipped: 1 });
    continue;
  }
  tallies.push(await work(left()));
}

const total = sum(...tallies);
keepTally('full', total);
process.exitCode = total.failed === 0 ? 0 : 1;
console.log(closingLine(total));
