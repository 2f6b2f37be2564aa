import type { AreaStatistics, MapProgress } from '../../inference/index.ts';
import { NotThereError } from '../errors.ts';
import type { Problem } from '../http/problem.ts';
import type { MapJobRequest } from '../workers/messages.ts';
import type { Database } from './database.ts';

export type JobState = 'waiting' | 'running' | 'paused' | 'done' | 'failed';

/** What a finished job left. */
export interface JobResult {
  readonly files: readonly string[];
  readonly statistics: readonly AreaStatistics[] | null;
}

/** A map in the making. */
export interface Job {
  readonly id: string;
  readonly raster: string;
  /** One model, or several to blend, joined by commas. */
  readonly model: string;
  readonly name: string;
  readonly request: MapJobRequest;
  readonly state: JobState;
  readonly progress: MapProgress | null;
  readonly result: JobResult | null;
  readonly problem: Problem | null;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly changed: number;
}

const COLUMNS = 'id, raster, model, name, request, state, progress, result, problem, created, changed';

function jobOf(row: Record<string, unknown>): Job {
  const parsed = (name: string) => (row[name] === null ? null : JSON.parse(String(row[name])));
  return {
    ...(row as unknown as Job),
    ...{ request: parsed('request'), progress: parsed('progress') },
    ...{ result: parsed('result'), problem: parsed('problem') },
    ...{ created: Number(row.created), changed: Number(row.changed) },
  };
}

/** Jobs on disk: what a server that was killed had to do, the next one finds. */
export class JobStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  add(job: Pick<Job, 'id' | 'raster' | 'model' | 'name' | 'request'>): Job {
    const now = Date.now();
    const { id, raster, model, name, request } = job;
    this.database.run(
      `insert into jobs (${COLUMNS}) values (?, ?, ?, ?, ?, 'waiting', null, null, null, ?, ?)`,
      [...[id, raster, model, name, JSON.stringify(request)], ...[now, now]],
    );
    return this.get(id);
  }

  /** @throws NotThereError */
  get(id: string): Job {
    const row = this.database.get(`select ${COLUMNS} from jobs where id = ?`, [id]);
    if (row === null) throw new NotThereError('job');
    return jobOf(row);
  }

  /** Newest first. */
  list(): Job[] {
    return this.database
      .all(`select ${COLUMNS} from jobs order by created desc, id`)
      .map((row) => jobOf(row));
  }

  /** The job that waits longest. */
  next(): Job | null {
    const row = this.database.get(
      `select ${COLUMNS} from jobs where state = 'waiting' order by created, id limit 1`,
    );
    return row === null ? null : jobOf(row);
  }

  count(state: JobState): number {
    return Number(this.database.get('select count(*) as n from jobs where state = ?', [state])?.n ?? 0);
  }

  change(id: string, change: Partial<Pick<Job, 'state' | 'progress' | 'result' | 'problem'>>): void {
    for (const [column, value] of Object.entries(change)) {
      const text = column === 'state' ? String(value) : value === null ? null : JSON.stringify(value);
      this.database.run(`update jobs set ${column} = ?, changed = ? where id = ?`, [text, Date.now(), id]);
    }
  }

  remove(id: string): void {
    this.database.run('delete from jobs where id = ?', [id]);
  }

  /** What ran when the last server ended waits again. */
  recover(): void {
    this.database.run(`update jobs set state = 'waiting' where state = 'running'`);
  }
}
