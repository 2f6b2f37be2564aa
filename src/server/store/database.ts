import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { ServeError } from '../errors.ts';

export type Database = InstanceType<typeof sqlite.Database>;

const SCHEMA = `
create table if not exists rasters (
  id text primary key, name text not null, path text, address text, kind text not null, truth text, created integer not null
);
create table if not exists jobs (
  id text primary key, raster text not null, model text not null, name text not null, request text not null,
  state text not null, progress text, result text, problem text, created integer not null, changed integer not null
);
`;

function alive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The studio's database and the folder it lives in, held by one server at a time. */
export class StudioDatabase {
  readonly folder: string;
  readonly database: Database;
  private readonly owner: string;

  /** @throws ServeError when another server uses the folder */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.owner = join(folder, 'server.pid');
    const pid = existsSync(this.owner) ? Number(readFileSync(this.owner, 'utf8')) : 0;
    if (alive(pid)) {
      throw new ServeError(`process ${pid} serves from this folder already`, {
        file: folder,
        remedy: 'stop it, or choose another folder with --state',
      });
    }
    writeFileSync(this.owner, `${process.pid}\n`);
    const file = join(folder, 'studio.sqlite');
    // The database is locked by a folder; a server that was killed leaves it behind, and only one server comes here.
    rmSync(`${file}.lock`, { recursive: true, force: true });
    this.database = new sqlite.Database(file);
    this.database.exec(SCHEMA);
  }

  close(): void {
    this.database.close();
    rmSync(this.owner, { force: true });
  }
}
