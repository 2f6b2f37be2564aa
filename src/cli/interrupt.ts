/** The exit code of a program stopped by Ctrl-C, as shells expect it (128 + SIGINT). */
export const INTERRUPTED = 130;

/**
 * Turns the first Ctrl-C (or SIGTERM) into an abort signal, so that a command can finish its step, save and stop; a
 * second one ends the process at once. Call it once, in the action of a command that has something to save. Commands
 * that do not call it die on the first Ctrl-C: outputs under construction carry a temporary name, so nothing is lost.
 *
 * @param announce told once, on the first Ctrl-C, for a line like "stopping after this step".
 * @returns the signal to hand to library code, and `release`, which gives Ctrl-C back its usual meaning.
 */
export function onInterrupt(announce: () => void): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    process.exitCode = INTERRUPTED;
    announce();
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const release = () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
  return { signal: controller.signal, release };
}
