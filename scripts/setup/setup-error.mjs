/** A foreseeable failure of the set-up: what went wrong and what to type. */
export class SetupError extends Error {
  /**
   * @param {string} problem what went wrong
   * @param {string} remedy what the person should do
   */
  constructor(problem, remedy) {
    super(`${problem}\n  → ${remedy.replaceAll('\n', '\n    ')}`);
    this.name = 'SetupError';
    this.problem = problem;
    this.remedy = remedy;
  }
}

/**
 * A failure as lines for the terminal: foreseeable ones say what to do, others show their stack.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function describeFailure(error) {
  if (error instanceof SetupError) return `error: ${error.message}`;
  return `error: ${error instanceof Error ? error.stack : error}`;
}
