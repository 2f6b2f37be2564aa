import { RouteFailed } from './route-failed.mjs';
import { debianRoute } from './routes/debian.mjs';
import { envRoute } from './routes/env.mjs';
import { pythonRoute } from './routes/python.mjs';
import { venvRoute } from './routes/venv.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {import('./context.mjs').SetupContext} SetupContext
 * @typedef {import('./inspect-libtorch.mjs').Libtorch} Libtorch
 * @typedef {'env' | 'python' | 'venv' | 'debian'} RouteName
 *
 * One way to a libtorch. `find` installs what it may and throws {@link RouteFailed} when the way is closed.
 *
 * @typedef {object} Route
 * @property {RouteName} name
 * @property {string} title
 * @property {(context: SetupContext) => Promise<Libtorch>} find
 *
 * @typedef {Libtorch & { route: RouteName }} FoundLibtorch
 */

/** Every way to a libtorch, in the order they are tried. @type {readonly Route[]} */
export const routes = [envRoute, pythonRoute, venvRoute, debianRoute];

/**
 * Finds a libtorch by the first route that leads to one, or by the one that `$ARPENT_TORCH` names.
 *
 * @param {SetupContext} context
 * @returns {Promise<FoundLibtorch>}
 * @throws {SetupError} that lists every route tried, why it failed and what to type
 */
export async function findLibtorch(context) {
  const forced = context.env.ARPENT_TORCH;
  const tried = forced === undefined || forced === '' ? routes : routes.filter(({ name }) => name === forced);
  if (tried.length === 0) {
    const names = routes.map(({ name }) => name).join(', ');
    throw new SetupError(`ARPENT_TORCH is "${forced}"`, `set it to one of ${names}, or unset it`);
  }
  /** @type {string[]} */
  const failures = [];
  for (const route of tried) {
    try {
      return { route: route.name, ...(await route.find(context)) };
    } catch (error) {
      if (!(error instanceof RouteFailed)) throw error;
      const mistaken = route.name === 'env' && (context.env.LIBTORCH ?? '') !== '';
      if (mistaken && tried.length > 1)
        context.warn(`$LIBTORCH is of no use: ${error.message}; looking elsewhere`);
      failures.push(`${route.title}: ${error.message}\n     → ${error.remedy}`);
    }
  }
  throw new SetupError(
    forced ? `no libtorch by the route "${forced}"` : 'no libtorch: every route failed',
    `open one of these and run the command again\n${failures.map((line, i) => `${i + 1}. ${line}`).join('\n')}`,
  );
}
