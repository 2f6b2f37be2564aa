import { readFileSync } from 'node:fs';
import { root } from './paths.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * Checks that this Node.js is one the manifest admits (`engines.node`, always of the form `>=MAJOR.MINOR`).
 *
 * @param {string} [version] like `20.19.2`
 * @throws {SetupError}
 */
export function checkNodeVersion(version = process.versions.node) {
  const { engines } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  const wanted = String(engines.node).replace('>=', '');
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new SetupError(
    `arpent needs Node.js ${wanted} or newer, and this is ${version}`,
    'install a newer one (nodejs.org, nvm, or Debian 13: apt-get install nodejs npm) and run the command again',
  );
}
