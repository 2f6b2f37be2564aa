import { inspectLibtorch } from '../inspect-libtorch.mjs';
import { RouteFailed } from '../route-failed.mjs';

/** The libtorch that `$LIBTORCH` names. @type {import('../libtorch.mjs').Route} */
export const envRoute = {
  name: 'env',
  title: '$LIBTORCH',
  async find({ env }) {
    const folder = env.LIBTORCH;
    const remedy = 'export LIBTORCH=/path/to/libtorch (the folder that holds include/ and lib/)';
    if (folder === undefined || folder === '') throw new RouteFailed('it is not set', remedy);
    try {
      return inspectLibtorch(folder.replace(/\/+$/, ''));
    } catch (error) {
      throw new RouteFailed(error instanceof Error ? error.message : String(error), remedy);
    }
  },
};
