import { bridgeBinary, ensureBridge, recordBridge, recordedLibtorch } from './bridge.mjs';
import { ensureDist } from './dist.mjs';
import { fingerprint } from './fingerprint.mjs';
import { ensureGdalBinding } from './gdal-binding.mjs';
import { findLibtorch } from './libtorch.mjs';
import { checkNodeVersion } from './node-version.mjs';
import { ensureNpmPackages } from './npm-packages.mjs';
import { which } from './which.mjs';

/** @typedef {import('./context.mjs').SetupContext} SetupContext */

/**
 * What the choice of a libtorch depends on besides the machine's disk: while it stays, the one chosen stays, and
 * nothing needs to be started to know it.
 *
 * @param {SetupContext} context
 */
function choiceKey({ env }) {
  const programs = ['python3', 'nvidia-smi'].map((program) => which(program, env) ?? 'none');
  return fingerprint(env.LIBTORCH ?? '', env.ARPENT_TORCH ?? '', ...programs);
}

/**
 * Waits for all of the work, so that nothing goes on in the background, and reports every failure, so that a person
 * can mend them together.
 *
 * @param {Promise<unknown>[]} work
 * @throws the failure, or an AggregateError of several
 */
async function all(...work) {
  const results = await Promise.allSettled(work);
  // Work that waits for other work fails with the other's error: each counts once.
  const failures = new Set(
    results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])),
  );
  if (failures.size > 1) throw new AggregateError(failures);
  for (const failure of failures) throw failure;
}

/**
 * Brings the clone to the point where everything runs. What does not depend on each other runs side by side.
 *
 * @param {SetupContext} context
 * @param {{ searchAgain?: boolean }} [options] `searchAgain` looks for a libtorch even when one was chosen before
 * @returns {Promise<import('./bridge.mjs').NativeRecord>}
 */
export async function setUp(context, { searchAgain = false } = {}) {
  checkNodeVersion();
  const key = choiceKey(context);
  const packages = ensureNpmPackages(context);
  const torch = Promise.resolve((searchAgain ? undefined : recordedLibtorch(key)) ?? findLibtorch(context));
  const bridge = Promise.all([packages, torch]).then(async ([, found]) => {
    const binary = await ensureBridge(found, context);
    recordBridge('current', found, binary, key);
  });
  const gdal = packages.then(() => ensureGdalBinding(context));
  const dist = packages.then(() => ensureDist());
  await all(packages, torch, bridge, gdal, dist);
  const found = await torch;
  return { ...found, binary: bridgeBinary(found) };
}
