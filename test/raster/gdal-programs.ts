import { execFileSync } from 'node:child_process';

/** What GDAL's own programs say of a file. */
export const told = (program: 'gdalinfo' | 'ogrinfo', ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** Whether they are here; `npm test` installs them where it may. */
export const hasGdalPrograms = (() => {
  try {
    return told('gdalinfo', '--version') !== '' && told('ogrinfo', '--version') !== '';
  } catch {
    return false;
  }
})();
