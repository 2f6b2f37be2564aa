import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} [timeoutMs] the program is ended after this long
 * @property {string} [log] file that receives everything the program prints (it is started anew)
 * @property {boolean} [show] let the program write to our terminal instead of capturing what it prints
 *
 * @typedef {object} RunResult
 * @property {number} code exit code; 127 when the program does not exist, 124 when it ran out of time
 * @property {string} stdout
 * @property {string} stderr
 * @property {boolean} timedOut
 */

/**
 * Runs a program to its end and never throws: the caller judges the exit code.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function run(command, args, { cwd, env, timeoutMs, log, show = false } = {}) {
  if (log !== undefined) {
    mkdirSync(dirname(log), { recursive: true });
    writeFileSync(log, `$ ${[command, ...args].join(' ')}\n`);
  }
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    let timedOut = false;
    child.stdout?.on('data', (chunk) => {
      stdout += chunk;
      if (log !== undefined) appendFileSync(log, chunk);
    });
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
      if (log !== undefined) appendFileSync(log, chunk);
    });
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            child.kill('SIGTERM');
            setTimeout(() => child.kill('SIGKILL'), 5000).unref();
          }, timeoutMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ code: 127, stdout, stderr: `${stderr}${error.message}\n`, timedOut });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: timedOut ? 124 : (code ?? 128), stdout, stderr, timedOut });
    });
  });
}

/**
 * The last line a failed program printed that says something, for one-line reasons.
 *
 * @param {RunResult} result
 * @returns {string}
 */
export function lastWords(result) {
  const lines = `${result.stdout}\n${result.stderr}`.split('\n').map((line) => line.trim());
  const telling = lines.filter((line) => /error|fatal|cannot|unable|not found|no such|denied/i.test(line));
  const words = telling.at(-1) ?? lines.filter((line) => line !== '').at(-1) ?? `exit code ${result.code}`;
  return words.length > 300 ? `${words.slice(0, 297)}...` : words;
}
