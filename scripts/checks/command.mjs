import { root } from '../setup/paths.mjs';
import { elapsedSince } from '../setup/report.mjs';
import { run } from '../setup/run.mjs';

/** @typedef {import('./tally.mjs').Tally} Tally */

/**
 * Runs a command as one check: it passes when it ends well. What it prints is shown when it fails, or always with
 * `show`.
 *
 * @param {string} label
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ show?: boolean, timeoutMs?: number }} [options]
 * @returns {Promise<Tally>}
 */
export async function checkCommand(label, command, args, { show = false, timeoutMs } = {}) {
  const start = performance.now();
  if (show) console.log(`· ${label} …`);
  const result = await run(command, args, {
    cwd: root,
    show,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  const passed = result.code === 0;
  if (!passed && !show) console.log(`${result.stdout}${result.stderr}`);
  const reason = result.timedOut ? 'ran out of time' : `exit code ${result.code}`;
  console.log(`${passed ? '✓' : '✗'} ${label} (${passed ? '' : `${reason}, `}${elapsedSince(start)})`);
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}
