import { logFolder } from './paths.mjs';
import { step } from './report.mjs';
import { lastWords, run } from './run.mjs';
import { SetupError } from './setup-error.mjs';
import { which } from './which.mjs';

/** @typedef {import('./context.mjs').SetupContext} SetupContext */

/** apt takes one caller at a time; steps that overlap wait here. @type {Promise<unknown>} */
let queue = Promise.resolve();

/**
 * Those of the Debian packages that are not installed.
 *
 * @param {readonly string[]} packages
 * @param {SetupContext} context
 * @returns {Promise<string[]>}
 */
export async function missingPackages(packages, context) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are dpkg-query's own
  const { stdout } = await run('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...packages], {
    env: context.env,
  });
  const installed = new Set(stdout.split('\n').filter((line) => line.endsWith(' installed')));
  return packages.filter((name) => !installed.has(`${name} installed`));
}

/**
 * How this person may install Debian packages: `[]` as root, `['sudo', '-n']` with a sudo that asks no password.
 *
 * @param {SetupContext} context
 * @returns {Promise<string[] | undefined>} undefined when only a person at the keyboard can
 */
async function privilege(context) {
  if (context.uid === 0) return [];
  const sudo = which('sudo', context.env);
  if (sudo === undefined) return undefined;
  const { code } = await run(sudo, ['-n', 'true'], { env: context.env, timeoutMs: 5000 });
  return code === 0 ? [sudo, '-n'] : undefined;
}

/**
 * Installs Debian packages that are missing.
 *
 * @param {readonly string[]} packages
 * @param {string} purpose what they are for, for the messages
 * @param {SetupContext} context
 * @throws {SetupError} that names the command to type, when they cannot be installed from here
 */
export function installPackages(packages, purpose, context) {
  const turn = queue.then(() => installNow(packages, purpose, context));
  queue = turn.catch(() => undefined);
  return turn;
}

/**
 * @param {readonly string[]} packages
 * @param {string} purpose
 * @param {SetupContext} context
 */
async function installNow(packages, purpose, context) {
  const missing = await missingPackages(packages, context);
  if (missing.length === 0) return;
  const list = missing.join(' ');
  const apt = which('apt-get', context.env);
  if (apt === undefined) {
    throw new SetupError(
      `${purpose} needs ${list}, and this machine has no apt-get`,
      `install what your system calls these Debian packages: ${list}`,
    );
  }
  const prefix = await privilege(context);
  const typed = `sudo apt-get update && sudo apt-get install -y ${list}`;
  if (prefix === undefined) {
    throw new SetupError(`${purpose} needs ${list}, and only root may install packages`, `type: ${typed}`);
  }
  await step(`Debian packages: ${list}`, async () => {
    const log = `${logFolder}/apt.log`;
    const call = (/** @type {string[]} */ args) => {
      const [command, ...rest] = [...prefix, apt, ...args];
      const env = { ...context.env, DEBIAN_FRONTEND: 'noninteractive' };
      // No limit of time: ending dpkg halfway leaves packages unusable.
      return run(/** @type {string} */ (command), rest, { env, log });
    };
    const install = ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...missing];
    // A new machine has no package lists yet, or lists so old that the files they name are gone.
    let result = await call(install);
    if (result.code !== 0) {
      await call(['update', '-o', 'DPkg::Lock::Timeout=300']);
      result = await call(install);
    }
    if (result.code !== 0) {
      throw new SetupError(
        `apt-get could not install ${list}: ${lastWords(result)}`,
        `see ${log}, or type: ${typed}`,
      );
    }
  });
}
