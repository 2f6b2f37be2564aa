import { existsSync, readdirSync, rmSync } from 'node:fs';
import { installPackages } from '../apt.mjs';
import { inspectLibtorch } from '../inspect-libtorch.mjs';
import { logFolder } from '../paths.mjs';
import { readPipSources, wheelSources } from '../pip-sources.mjs';
import { say, step } from '../report.mjs';
import { RouteFailed } from '../route-failed.mjs';
import { lastWords, run } from '../run.mjs';
import { SetupError } from '../setup-error.mjs';
import { which } from '../which.mjs';

/** @typedef {import('../context.mjs').SetupContext} SetupContext */

/** The version of torch that the project is tested with. */
export const torchVersion = '2.13.0';

/** Whether there is an NVIDIA GPU with a working driver. @param {SetupContext} context */
async function hasGpu({ env }) {
  const tool = which('nvidia-smi', env);
  if (tool === undefined) return false;
  const answer = await run(tool, ['-L'], { env, timeoutMs: 20_000 });
  return answer.code === 0 && answer.stdout.includes('GPU');
}

/** The torch package of a virtual environment, if it has one. @param {string} venv */
function torchFolder(venv) {
  const libraries = `${venv}/lib`;
  if (!existsSync(libraries)) return undefined;
  return readdirSync(libraries)
    .map((python) => `${libraries}/${python}/site-packages/torch`)
    .find((folder) => existsSync(`${folder}/version.py`));
}

/**
 * @param {SetupContext} context
 * @param {string} python
 */
async function makeEnvironment(context, python) {
  const create = () =>
    run(python, ['-m', 'venv', '--clear', context.venv], { env: context.env, timeoutMs: 120_000 });
  let made = await create();
  // Debian's python3 comes without the part of venv that puts pip in; other Pythons always have it.
  if (made.code !== 0 && /ensurepip|python3-venv|No module named venv/.test(`${made.stdout}${made.stderr}`)) {
    await installPackages(['python3-venv'], 'the virtual environment', context);
    made = await create();
  }
  if (made.code !== 0) {
    throw new RouteFailed(`${python} -m venv fails: ${lastWords(made)}`, 'sudo apt-get install python3-venv');
  }
}

/**
 * Installs torch from the first source that has it.
 *
 * @param {SetupContext} context
 * @param {'cpu' | 'cuda'} kind
 */
async function installTorch(context, kind) {
  const reasons = [];
  for (const source of wheelSources(await readPipSources(context), kind)) {
    const log = `${logFolder}/pip.log`;
    // pip's own settings are read once, by readPipSources; here they must not add sources back.
    const env = { ...context.env, PIP_CONFIG_FILE: '/dev/null', PIP_DISABLE_PIP_VERSION_CHECK: '1' };
    for (const name of [
      'PIP_INDEX_URL',
      'PIP_EXTRA_INDEX_URL',
      'PIP_FIND_LINKS',
      'PIP_NO_INDEX',
      'PIP_REQUIRE_VIRTUALENV',
    ]) {
      delete env[/** @type {keyof typeof env} */ (name)];
    }
    const wheel = kind === 'cpu' ? `torch==${torchVersion}+cpu` : `torch==${torchVersion}`;
    // Of the CPU wheel only libtorch inside is needed, so nothing that torch's Python side imports; a CUDA wheel's
    // dependencies are the CUDA libraries themselves.
    const parts = kind === 'cpu' ? ['--no-deps'] : [];
    const patience = ['--retries', '0', '--timeout', '10', '--no-input', '--only-binary', ':all:'];
    const args = ['-m', 'pip', 'install', ...parts, ...patience, ...source.options, wheel];
    const result = await run(`${context.venv}/bin/python`, args, { env, log, timeoutMs: 30 * 60_000 });
    if (result.code === 0) return;
    reasons.push(`${source.title}: ${lastWords(result)}`);
  }
  throw new RouteFailed(
    `pip finds no torch ${torchVersion} (${kind}): ${reasons.join('; ')}`,
    `with a network: run the command again; without: put the wheel torch-${torchVersion}+cpu into a folder and type: export PIP_FIND_LINKS=/that/folder`,
  );
}

/** A torch that the set-up installs into the project's own virtual environment. @type {import('../libtorch.mjs').Route} */
export const venvRoute = {
  name: 'venv',
  title: `torch ${torchVersion} in the project's own virtual environment`,
  async find(context) {
    try {
      const gpu = await hasGpu(context);
      const present = torchFolder(context.venv);
      if (present !== undefined) {
        const found = inspectLibtorch(present);
        if (found.version === torchVersion && (found.cuda || !gpu)) return found;
      }
      if (which('python3', context.env) === undefined) {
        await installPackages(['python3', 'python3-venv'], 'the virtual environment', context);
      }
      const python = which('python3', context.env);
      if (python === undefined)
        throw new RouteFailed('there is no python3 on the PATH', 'put python3 on the PATH');
      await step(`torch ${torchVersion}${gpu ? ' with CUDA' : ', CPU only'}, in .arpent/venv`, async () => {
        await makeEnvironment(context, python);
        if (!gpu) return installTorch(context, 'cpu');
        await installTorch(context, 'cuda').catch(async (error) => {
          say(`  the build for NVIDIA GPUs cannot be had (${error.message}); taking the CPU build`);
          await installTorch(context, 'cpu');
        });
      });
      return inspectLibtorch(/** @type {string} */ (torchFolder(context.venv)));
    } catch (error) {
      if (error instanceof RouteFailed) throw error;
      if (existsSync(context.venv)) rmSync(context.venv, { recursive: true, force: true });
      if (error instanceof SetupError)
        throw new RouteFailed(error.problem, error.remedy.replace('type: ', ''));
      throw new RouteFailed(
        error instanceof Error ? error.message : String(error),
        'rm -rf .arpent/venv, then again',
      );
    }
  },
};
