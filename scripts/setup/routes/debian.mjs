import { installPackages } from '../apt.mjs';
import { inspectLibtorch } from '../inspect-libtorch.mjs';
import { RouteFailed } from '../route-failed.mjs';
import { run } from '../run.mjs';
import { SetupError } from '../setup-error.mjs';

// Without OpenBLAS Debian's libtorch multiplies matrices with the reference BLAS, thirty times slower.
const packages = ['libtorch-dev', 'libopenblas0-pthread'];

/** Debian's own libtorch. @type {import('../libtorch.mjs').Route} */
export const debianRoute = {
  name: 'debian',
  title: "Debian's libtorch-dev",
  async find(context) {
    const remedy = `sudo apt-get install ${packages.join(' ')}`;
    try {
      await installPackages(packages, "Debian's libtorch", context);
      const found = inspectLibtorch(context.systemPrefix);
      return { ...found, version: await packageVersion(context.env, found.version) };
    } catch (error) {
      if (error instanceof SetupError)
        throw new RouteFailed(error.problem, error.remedy.replace('type: ', ''));
      throw new RouteFailed(error instanceof Error ? error.message : String(error), remedy);
    }
  },
};

/**
 * Debian's 1.13.1 still says 1.13.0 in its headers; the package knows better.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string} fallback
 */
async function packageVersion(env, fallback) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is dpkg-query's own
  const { stdout } = await run('dpkg-query', ['-W', '-f', '${Version}', 'libtorch-dev'], { env });
  return /^\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? fallback;
}
