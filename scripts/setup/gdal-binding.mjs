import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { installPackages } from './apt.mjs';
import { logFolder, root, stateFolder } from './paths.mjs';
import { step } from './report.mjs';
import { lastWords, run } from './run.mjs';
import { SetupError } from './setup-error.mjs';
import { which } from './which.mjs';

/** @typedef {import('./context.mjs').SetupContext} SetupContext */

const folder = `${root}/node_modules/gdal-async`;
const nodePreGyp = `${folder}/node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp`;

/** The name of binaries for this Node.js, as node-pre-gyp spells it. */
const target = `node-v${process.versions.modules}-${process.platform}-${process.arch}`;
const binary = `${folder}/lib/binding/${target}/gdal.node`;

/**
 * The environment for node-pre-gyp. `npm run` passes every line of .npmrc on as `npm_config_…`, which would decide
 * for us whether to build from source.
 *
 * @param {SetupContext} context
 */
function cleanEnvironment(context) {
  const env = { ...context.env };
  for (const name of Object.keys(env)) {
    if (/^npm_config_(build_from_source|shared_gdal|fallback_to_build)$/i.test(name)) delete env[name];
  }
  return env;
}

/** Whether the binding in place loads (it may have been built for libraries that are gone). */
async function loads(/** @type {SetupContext} */ context) {
  const script = `require(${JSON.stringify(folder)}).version`;
  const { code } = await run(process.execPath, ['-e', script], { env: context.env });
  return code === 0;
}

/**
 * Fetches the binary that gdal-async publishes for this platform, if it can be reached.
 *
 * @param {SetupContext} context
 * @returns {Promise<boolean>}
 */
async function download(context) {
  const { version, binary: published } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const address = `${published.host}v${version}/${target}.tar.gz`;
  // node-pre-gyp waits for minutes where packets are dropped, so ask with a short limit first. A proxy, which only
  // node-pre-gyp knows how to use, is taken at its word.
  const proxied = Object.keys(context.env).some((name) => /^https?_proxy$/i.test(name));
  if (!proxied) {
    const reachable = await fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(5000) }).then(
      (answer) => answer.ok,
      () => false,
    );
    if (!reachable) return false;
  }
  const { code } = await run(process.execPath, [nodePreGyp, 'install'], {
    cwd: folder,
    env: cleanEnvironment(context),
    log: `${logFolder}/gdal-download.log`,
    timeoutMs: 180_000,
  });
  return code === 0 && (await loads(context));
}

/** node-gyp would fetch Node's headers; those that came with this Node.js will do. */
function nodeHeaders(/** @type {NodeJS.ProcessEnv} */ env) {
  if (env.npm_config_nodedir !== undefined) return {};
  const prefix = dirname(dirname(process.execPath));
  return existsSync(`${prefix}/include/node/node.h`) ? { npm_config_nodedir: prefix } : {};
}

/**
 * Builds the binding against the system's GDAL; never the GDAL sources that gdal-async bundles, which take half an
 * hour.
 *
 * @param {SetupContext} context
 */
async function build(context) {
  await installPackages(['g++', 'make', 'python3', 'libgdal-dev'], 'the GDAL binding', context);
  await step('GDAL binding, built against the system library (one to three minutes)', async () => {
    const log = `${logFolder}/gdal-build.log`;
    const env = { ...cleanEnvironment(context), ...nodeHeaders(context.env), npm_config_shared_gdal: 'true' };
    const args = [nodePreGyp, 'install', '--build-from-source', '-j', 'max'];
    const result = await run(process.execPath, args, { cwd: folder, env, log });
    // Its build ends with a call of npx that makes its types anew; they are there already, so only the binary counts.
    if (!(await loads(context))) {
      const reason = /^.*(?:error:|not found|No such file).*$/m.exec(`${result.stdout}${result.stderr}`)?.[0];
      throw new SetupError(
        `the GDAL binding does not build: ${reason ?? lastWords(result)}`,
        `look at ${log}; it needs g++, make, python3 and libgdal-dev (gdal-config --version should answer)`,
      );
    }
  });
}

/** A copy of a built binding outside node_modules, so that the next `npm ci` does not cost the build again. */
async function keptBinary(/** @type {SetupContext} */ context) {
  const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const tool = which('gdal-config', context.env);
  const gdal = tool === undefined ? 'none' : (await run(tool, ['--version'])).stdout.trim();
  return `${stateFolder}/gdal/${version}-${target}-gdal-${gdal}/gdal.node`;
}

/** @param {string} from @param {string} to */
function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

/**
 * Makes sure that gdal-async has a binary: a kept one, the published one, or one built here.
 *
 * @param {SetupContext} context
 * @throws {SetupError}
 */
export async function ensureGdalBinding(context) {
  if (existsSync(binary)) return;
  const kept = await keptBinary(context);
  if (existsSync(kept)) {
    copy(kept, binary);
    if (await loads(context)) return;
    rmSync(kept);
  }
  if (await step('GDAL binding, looking for a published one', () => download(context))) return;
  await build(context);
  copy(binary, kept);
}
