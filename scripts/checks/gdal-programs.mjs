import { installPackages } from '../setup/apt.mjs';
import { machineContext } from '../setup/context.mjs';
import { withSetupLock } from '../setup/lock.mjs';
import { say } from '../setup/report.mjs';
import { SetupError } from '../setup/setup-error.mjs';
import { which } from '../setup/which.mjs';

/**
 * GDAL's own programs, which read our files in some tests. They are installed where packages can be; elsewhere those tests are
 * left out and counted as skipped.
 */
export async function ensureGdalPrograms() {
  const context = machineContext(say);
  if (which('gdalinfo', context.env) !== undefined && which('ogrinfo', context.env) !== undefined) return;
  try {
    await withSetupLock(() =>
      installPackages(['gdal-bin'], 'reading our files with GDAL’s own programs', context),
    );
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`tests with GDAL's own programs are left out: ${error.problem}`);
  }
}
