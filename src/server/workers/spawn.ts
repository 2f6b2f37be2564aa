import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What GDAL may do in a worker: no sidecar folders listed, no endless waits, no environment of the user's beyond need. */
const GDAL_SETTINGS = {
  GDAL_DISABLE_READDIR_ON_OPEN: 'EMPTY_DIR',
  GDAL_HTTP_TIMEOUT: '30',
  GDAL_HTTP_MAX_RETRY: '1',
  // Decoders allocate what a file's header asks for; a small file cannot ask for much.
  GDAL_PAM_ENABLED: 'NO',
  GTIFF_MAX_CYCLES: '10000000',
};

/** Starts a worker process; from TypeScript sources through tsx, from `dist` as it is. */
export function spawnWorker(): ChildProcess {
  const typescript = import.meta.url.endsWith('.ts');
  const program = fileURLToPath(new URL(typescript ? './child.ts' : './child.js', import.meta.url));
  return fork(program, [], {
    serialization: 'advanced',
    execArgv: typescript ? ['--import', 'tsx'] : [],
    env: { ...process.env, ...GDAL_SETTINGS },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}
