#!/usr/bin/env node
// Builds the native bridge for a libtorch: the one in use, or those of the routes named as arguments
// (`node scripts/build-native.mjs venv debian`). Each is noted in build/native/ROUTE.json; the one in use stays.
import { ensureBridge, recordBridge } from './setup/bridge.mjs';
import { machineContext } from './setup/context.mjs';
import { findLibtorch } from './setup/libtorch.mjs';
import { withSetupLock } from './setup/lock.mjs';
import { say } from './setup/report.mjs';
import { describeFailure } from './setup/setup-error.mjs';

const named = process.argv.slice(2);
try {
  await withSetupLock(async () => {
    for (const route of named.length > 0 ? named : [process.env.ARPENT_TORCH ?? '']) {
      const context = machineContext(say);
      context.env = { ...context.env, ARPENT_TORCH: route };
      const torch = await findLibtorch(context);
      const binary = await ensureBridge(torch, context);
      recordBridge(torch.route, torch, binary);
      say(`libtorch ${torch.version} (${torch.route}): ${binary}`);
    }
  });
} catch (error) {
  say(describeFailure(error));
  process.exitCode = 1;
}
