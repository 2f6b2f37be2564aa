import { inspectLibtorch } from '../inspect-libtorch.mjs';
import { RouteFailed } from '../route-failed.mjs';
import { lastWords, run } from '../run.mjs';
import { which } from '../which.mjs';

// Finding the package is enough: importing torch costs seconds and fails where its own dependencies are missing.
const question = [
  'import importlib.util as u',
  'spec = u.find_spec("torch")',
  'print(list(spec.submodule_search_locations)[0] if spec else "")',
].join('\n');

/** The `torch` of the Python on the PATH. @type {import('../libtorch.mjs').Route} */
export const pythonRoute = {
  name: 'python',
  title: 'torch of the Python on the PATH',
  async find({ env }) {
    const python = which('python3', env) ?? which('python', env);
    const remedy =
      'python3 -m pip install torch (with --index-url https://download.pytorch.org/whl/cpu for the CPU build)';
    if (python === undefined)
      throw new RouteFailed('there is no python3 on the PATH', 'apt-get install python3');
    const answer = await run(python, ['-c', question], { env, timeoutMs: 30_000 });
    if (answer.code !== 0) throw new RouteFailed(`${python} fails: ${lastWords(answer)}`, remedy);
    const folder = answer.stdout.trim();
    if (folder === '') throw new RouteFailed(`${python} has no torch`, remedy);
    try {
      return inspectLibtorch(folder);
    } catch (error) {
      throw new RouteFailed(error instanceof Error ? error.message : String(error), remedy);
    }
  },
};
