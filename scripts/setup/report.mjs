/** Seconds as a person reads them. */
function seconds(/** @type {number} */ since) {
  const elapsed = (performance.now() - since) / 1000;
  return elapsed < 60
    ? `${elapsed.toFixed(1)} s`
    : `${Math.floor(elapsed / 60)} min ${Math.round(elapsed % 60)} s`;
}

/** One line on the terminal; the set-up talks on stderr so that stdout stays the main job's. */
export function say(/** @type {string} */ line) {
  process.stderr.write(`${line}\n`);
}

let stepsDone = 0;

/** How many steps had something to do so far. */
export const countSteps = () => stepsDone;

/**
 * Runs one piece of real work (never called when there is nothing to do) between two lines: what starts, and how long
 * it took. Steps may overlap, so each line is complete by itself.
 *
 * @template T
 * @param {string} label
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(label, work) {
  const start = performance.now();
  say(`· ${label} …`);
  stepsDone += 1;
  try {
    const result = await work();
    say(`✓ ${label} (${seconds(start)})`);
    return result;
  } catch (error) {
    say(`✗ ${label} (${seconds(start)})`);
    throw error;
  }
}

/** @param {number} start `performance.now()` at the beginning */
export const elapsedSince = seconds;
