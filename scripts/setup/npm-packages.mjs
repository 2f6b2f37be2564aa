import { existsSync, readFileSync } from 'node:fs';
import { logFolder, root } from './paths.mjs';
import { step } from './report.mjs';
import { lastWords, run } from './run.mjs';
import { SetupError } from './setup-error.mjs';

/** @typedef {import('./context.mjs').SetupContext} SetupContext */
/** @typedef {{ packages: Record<string, { version?: string, optional?: boolean, peer?: boolean }> }} Lock */

/**
 * Whether every package of the lock is installed in the version the lock says. npm writes what it installed to a
 * hidden lock file, so this is exact, also after somebody's own `npm ci` or an update of the clone.
 *
 * @param {string} folder the project
 */
export function packagesMatchLock(folder) {
  const hidden = `${folder}/node_modules/.package-lock.json`;
  if (!existsSync(hidden)) return false;
  const wanted = /** @type {Lock} */ (JSON.parse(readFileSync(`${folder}/package-lock.json`, 'utf8')))
    .packages;
  const installed = /** @type {Lock} */ (JSON.parse(readFileSync(hidden, 'utf8'))).packages;
  return Object.entries(wanted).every(([path, { version, optional, peer }]) => {
    const found = installed[path];
    if (path === '') return true;
    return found === undefined ? optional === true || peer === true : found.version === version;
  });
}

/**
 * Installs the packages of the lock when they are missing or others. Install scripts of packages are not run: none of
 * ours needs one, except GDAL's binding, which has its own step (`gdal-binding.mjs`).
 *
 * @param {SetupContext} context
 */
export async function ensureNpmPackages(context) {
  if (packagesMatchLock(root)) return;
  await step('npm packages', async () => {
    const log = `${logFolder}/npm.log`;
    const result = await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: root,
      env: context.env,
      log,
      timeoutMs: 30 * 60_000,
    });
    if (result.code !== 0) {
      throw new SetupError(
        `npm could not install the packages: ${lastWords(result)}`,
        `look at ${log}; with a network, "npm ci --ignore-scripts" should pass in this folder`,
      );
    }
  });
}
