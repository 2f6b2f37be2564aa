import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ArpentError } from '../../core/index.ts';
import type { Assignment, Failure } from './messages.ts';

/** A process of the training has failed or was ended. */
export class TrainingProcessError extends ArpentError {}

/** After the training is over, or has failed, how long a process may take to end, in ms. */
const GRACE = 5000;

interface Child {
  readonly rank: number;
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
}

function startChild(): ChildProcess {
  const typescript = import.meta.url.endsWith('.ts');
  const program = fileURLToPath(new URL(typescript ? './child.ts' : './child.js', import.meta.url));
  return fork(program, [], {
    serialization: 'advanced',
    // Found from here, wherever the command was typed.
    execArgv: typescript
      ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
      : [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** The processes that this one has started, and what became of them. */
export class Children {
  private readonly children: Child[] = [];
  private readonly failed = new AbortController();
  private expected = false;
  private reported: TrainingProcessError | null = null;

  /** Aborted, with the error as reason, when a process fails. */
  get signal(): AbortSignal {
    return this.failed.signal;
  }

  /** Starts a process and gives it its part. */
  start(assignment: Assignment): void {
    const { rank, size } = assignment.place;
    const child = startChild();
    const name = `training process ${rank} of ${size} (rank ${rank}, pid ${child.pid})`;
    child.on('message', ({ name: kind, problem, remedy }: Failure) => {
      // Whoever lost another only echoes what that one tells itself.
      if (kind === 'RankLostError') return;
      this.fail(new TrainingProcessError(`${name} failed: ${problem}`, { remedy }));
    });
    const ended = new Promise<void>((resolve) => {
      child.on('error', (cause) => {
        const remedy = 'check memory and the limits of processes';
        this.fail(new TrainingProcessError(`${name} could not be started`, { remedy, cause }));
        resolve();
      });
      child.on('exit', (code, signal) => {
        if (signal !== null || code !== 0) {
          const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
          const remedy = `${signal === 'SIGKILL' ? 'memory may have run out: lower the batch size; ' : ''}the checkpoint of the last complete epoch is kept: go on with --resume`;
          this.fail(new TrainingProcessError(`${name} ${how}`, { remedy }));
        }
        resolve();
      });
    });
    child.send(assignment);
    this.children.push({ rank, process: child, ended });
  }

  private fail(error: TrainingProcessError): void {
    if (this.expected) return;
    this.reported ??= error;
    this.failed.abort(this.reported);
  }

  /** What a process has told of its failure, or null; waits a little, for the connection breaks first. */
  async failure(): Promise<TrainingProcessError | null> {
    if (this.reported === null && this.children.length > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, GRACE);
        this.signal.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return this.reported;
  }

  /** Waits for all to end; whoever does not is ended. */
  async end(): Promise<void> {
    this.expected = true;
    const timer = setTimeout(() => {
      for (const { process: child } of this.children) child.kill('SIGKILL');
    }, GRACE);
    for (const { process: child } of this.children) if (child.connected) child.disconnect();
    await Promise.all(this.children.map(({ ended }) => ended));
    clearTimeout(timer);
  }
}
