import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { MapProgress } from '../inference/index.ts';
import { JobStateError, NotThereError, TooManyRequestsError } from './errors.ts';
import { problemOf } from './http/problem.ts';
import type { Job, JobStore } from './store/jobs.ts';
import type { MapJobRequest, ModelSource, RasterSource } from './workers/messages.ts';
import type { WorkerPool } from './workers/worker-pool.ts';

/** Milliseconds between two notes of a job's progress on disk. */
const NOTE_EVERY = 1000;

/** Finds what a job works on, by the identifiers that it keeps. */
export interface JobSources {
  raster(id: string): Promise<RasterSource>;
  /** @param ids of one or several models, joined by commas */
  models(ids: string): Promise<readonly ModelSource[]>;
}

/** What somebody wishes of a map. */
export type JobWishes = Omit<MapJobRequest, 'output'>;

/** Makes maps one after the other, in a process of their own. */
export class Jobs {
  private readonly store: JobStore;
  private readonly pool: WorkerPool;
  private readonly sources: JobSources;
  private readonly folder: string;
  private readonly mostWaiting: number;
  private current: {
    readonly id: string;
    readonly stop: AbortController;
    progress: MapProgress | null;
  } | null = null;
  private working: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(store: JobStore, pool: WorkerPool, sources: JobSources, folder: string, mostWaiting: number) {
    this.store = store;
    this.pool = pool;
    this.sources = sources;
    this.folder = folder;
    this.mostWaiting = mostWaiting;
  }

  /** Goes on with what an earlier server left. */
  start(): void {
    this.store.recover();
    this.work();
  }

  list(): Job[] {
    return this.store.list().map((job) => this.live(job));
  }

  /** @throws NotThereError */
  get(id: string): Job {
    return this.live(this.store.get(id));
  }

  private live(job: Job): Job {
    return this.current?.id === job.id && this.current.progress !== null
      ? { ...job, progress: this.current.progress }
      : job;
  }

  /** @throws TooManyRequestsError when too many wait already */
  async add(raster: string, model: string, name: string, wishes: JobWishes): Promise<Job> {
    if (this.store.count('waiting') >= this.mostWaiting) {
      throw new TooManyRequestsError(`${this.mostWaiting} jobs wait already`);
    }
    const id = randomBytes(9).toString('base64url').replace(/^-/, 'j');
    const folder = join(this.folder, id);
    await mkdir(folder, { recursive: true });
    const stem = name.replace(/\.[^.]*$/, '').replace(/[^\p{L}\p{N}._-]+/gu, '-') || 'map';
    const job = this.store.add({
      id,
      raster,
      model,
      name,
      request: { ...wishes, output: join(folder, `${stem}-map.tif`) },
    });
    this.work();
    return job;
  }

  /** Stops a job after its window; what it made stays. @throws JobStateError */
  pause(id: string): Job {
    const { state } = this.store.get(id);
    if (state !== 'waiting' && state !== 'running') {
      throw new JobStateError(`a job that is ${state} cannot be paused`, { remedy: 'pause a running job' });
    }
    this.store.change(id, { state: 'paused' });
    if (this.current?.id === id) this.current.stop.abort();
    return this.get(id);
  }

  /** Goes on with a paused or failed job where it stopped. @throws JobStateError */
  resume(id: string): Job {
    const { state } = this.store.get(id);
    if (state !== 'paused' && state !== 'failed') {
      throw new JobStateError(`a job that is ${state} cannot be resumed`, { remedy: 'resume a paused job' });
    }
    this.store.change(id, { state: 'waiting', problem: null });
    this.work();
    return this.get(id);
  }

  /** Removes a job and its files. @throws JobStateError while it runs */
  async remove(id: string): Promise<void> {
    const { request } = this.store.get(id);
    if (this.current?.id === id) {
      throw new JobStateError('a running job cannot be removed', { remedy: 'pause it first' });
    }
    this.store.remove(id);
    await rm(dirname(request.output), { recursive: true, force: true });
  }

  /** The path of one of a finished job's files. @throws NotThereError */
  file(id: string, name: string): string {
    const found = this.get(id).result?.files.find((path) => basename(path) === name);
    if (found === undefined) throw new NotThereError('file of this job');
    return found;
  }

  private work(): void {
    if (this.current !== null || this.closed) return;
    const job = this.store.next();
    if (job === null) return;
    const stop = new AbortController();
    this.current = { id: job.id, stop, progress: job.progress };
    this.store.change(job.id, { state: 'running' });
    this.working = this.perform(job, stop.signal).finally(() => {
      this.current = null;
      this.work();
    });
  }

  private async perform(job: Job, signal: AbortSignal): Promise<void> {
    let noted = 0;
    const onProgress = (progress: MapProgress) => {
      if (this.current?.id === job.id) this.current.progress = progress;
      if (Date.now() - noted < NOTE_EVERY) return;
      noted = Date.now();
      this.store.change(job.id, { progress });
    };
    try {
      const source = await this.sources.raster(job.raster);
      const models = await this.sources.models(job.model);
      const result = await this.pool.run(
        'map',
        { source, models, request: job.request },
        { signal, onProgress },
      );
      this.store.change(job.id, { state: 'done', result, progress: this.current?.progress ?? null });
    } catch (error) {
      const { state } = this.store.get(job.id);
      const progress = this.current?.progress ?? null;
      if (signal.aborted) {
        // A job that was resumed before it had stopped waits for its turn already.
        if (state === 'running')
          this.store.change(job.id, { state: this.closed ? 'waiting' : 'paused', progress });
        else this.store.change(job.id, { progress });
      } else this.store.change(job.id, { state: 'failed', problem: problemOf(error), progress });
    }
  }

  /** Stops what runs; it goes on with the next server. */
  async close(): Promise<void> {
    this.closed = true;
    this.current?.stop.abort();
    await this.working;
  }
}
