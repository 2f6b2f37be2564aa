import { readFileSync } from 'node:fs';
import { missingPackages } from '../setup/apt.mjs';
import { ensureBridge, recordBridge } from '../setup/bridge.mjs';
import { machineContext } from '../setup/context.mjs';
import { findLibtorch } from '../setup/libtorch.mjs';
import { withSetupLock } from '../setup/lock.mjs';
import { nativeFolder } from '../setup/paths.mjs';
import { say } from '../setup/report.mjs';
import { SetupError } from '../setup/setup-error.mjs';

/**
 * A bridge built against Debian's libtorch, to test beside the one in use. On a person's machine two hundred packages
 * are not installed for that: there it is used when it is there already; in CI it is installed.
 *
 * @returns {Promise<{ binary: string, version: string } | { reason: string, failed: boolean }>}
 */
export async function secondLibtorch() {
  const { route } = JSON.parse(readFileSync(`${nativeFolder}/current.json`, 'utf8'));
  if (route === 'debian')
    return { reason: "Debian's is the one in use, and there is no other", failed: false };
  const context = machineContext(say);
  context.env = { ...context.env, ARPENT_TORCH: 'debian' };
  if (!process.env.CI && (await missingPackages(['libtorch-dev'], context)).length > 0) {
    return {
      reason: 'not installed (sudo apt-get install libtorch-dev libopenblas0-pthread)',
      failed: false,
    };
  }
  try {
    return await withSetupLock(async () => {
      const torch = await findLibtorch(context);
      const binary = await ensureBridge(torch, context);
      recordBridge(torch.route, torch, binary);
      return { binary, version: torch.version };
    });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    // A bridge that does not compile is a fault of ours; a package that cannot be had here is not.
    const failed = error.problem.includes('does not compile');
    return { reason: error.message, failed };
  }
}
