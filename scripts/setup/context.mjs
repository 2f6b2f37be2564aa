import { root } from './paths.mjs';

/**
 * What the set-up knows about the machine from outside; tests hand in other ones.
 *
 * @typedef {object} SetupContext
 * @property {NodeJS.ProcessEnv} env
 * @property {number} uid numeric user, 0 for root
 * @property {string} venv folder of the project's own virtual environment
 * @property {string} systemPrefix where Debian's packages live (`/usr`)
 * @property {(line: string) => void} warn one line a person should read
 */

/**
 * The machine we run on.
 *
 * @param {(line: string) => void} warn
 * @returns {SetupContext}
 */
export function machineContext(warn) {
  return {
    env: process.env,
    uid: process.getuid?.() ?? -1,
    venv: `${root}/.arpent/venv`,
    systemPrefix: '/usr',
    warn,
  };
}
