import { fileURLToPath } from 'node:url';

/** The repository's root, whatever the working directory. */
export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');

/** What the set-up keeps between runs: the virtual environment, logs, stamps, the lock. */
export const stateFolder = `${root}/.arpent`;

/** Compiled bridges, one folder per libtorch, and the record of the one in use. */
export const nativeFolder = `${root}/build/native`;

/** Logs of the slow steps, named in error messages. */
export const logFolder = `${stateFolder}/logs`;
