import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { root } from '../setup/paths.mjs';
import { run } from '../setup/run.mjs';

/** @typedef {import('./tally.mjs').Tally} Tally */

/**
 * Counts the tests of vitest's JSON report. A file that breaks before its first test counts as one failure, and so
 * does a run that fails without saying where.
 *
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: { status: string, assertionResults: unknown[] }[] } | undefined} report
 * @param {number} exitCode
 * @returns {Tally}
 */
export function countTests(report, exitCode) {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  const failed = report.numFailedTests + broken.length;
  return {
    passed: report.numPassedTests,
    failed: exitCode !== 0 && failed === 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * Runs vitest and counts its tests.
 *
 * @param {string} label
 * @param {readonly string[]} filters parts of paths; none means every test of the configuration
 * @param {{ env?: Record<string, string>, config?: string, timeoutMs?: number }} [options]
 * @returns {Promise<Tally>}
 */
export async function runVitest(label, filters, { env = {}, config, timeoutMs } = {}) {
  const report = `${root}/build/tallies/vitest-${process.pid}.json`;
  mkdirSync(`${root}/build/tallies`, { recursive: true });
  console.log(`· ${label} …`);
  const args = [
    `${root}/node_modules/vitest/vitest.mjs`,
    'run',
    ...filters,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...(config === undefined ? [] : ['--config', config]),
  ];
  const { code, timedOut } = await run(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    show: true,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  if (timedOut) console.log(`✗ ${label} ran out of time`);
  const tally = countTests(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined, code);
  rmSync(report, { force: true });
  return tally;
}
