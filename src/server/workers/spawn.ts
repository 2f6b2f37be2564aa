import { type ChildProcess, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
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
  const worker = fork(program, [], {
    serialization: 'advanced',
    execArgv: typescript ? ['--import', 'tsx'] : [],
    env: { ...process.env, ...GDAL_SETTINGS },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  giveUpFirst(worker.pid);
  return worker;
}

/** Where memory runs out, Linux shall end a worker, which can be replaced, and not the server. */
function giveUpFirst(pid: number | undefined): void {
  if (process.platform !== 'linux' || pid === undefined) return;
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '900');
  } catch {
    // It ended already, or the system does not let us; nothing depends on it.
  }
}
