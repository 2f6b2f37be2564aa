import { NotThereError } from '../errors.ts';
import type { Database } from './database.ts';

/** A raster that the studio knows: a file in a declared folder or among the uploads, or an allowed address. */
export interface StoredRaster {
  readonly id: string;
  readonly name: string;
  /** Real path; null for addresses. */
  readonly path: string | null;
  readonly address: string | null;
  readonly kind: 'file' | 'upload' | 'address';
  /** Raster with the truth of this one, where there is one. */
  readonly truth: string | null;
}

/** The rasters that somebody opened, so that their addresses stay good after a restart. */
export class RasterStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  put({ id, name, path, address, kind, truth }: StoredRaster): StoredRaster {
    this.database.run(
      'insert into rasters values (?, ?, ?, ?, ?, ?, ?) on conflict (id) do update set truth = coalesce(excluded.truth, truth)',
      [id, name, path, address, kind, truth, Date.now()],
    );
    return this.get(id);
  }

  remove(id: string): void {
    this.database.run('delete from rasters where id = ?', [id]);
  }

  /** @throws NotThereError */
  get(id: string): StoredRaster {
    const row = this.database.get('select id, name, path, address, kind, truth from rasters where id = ?', [
      id,
    ]);
    if (row === null) throw new NotThereError('raster');
    return { ...row } as unknown as StoredRaster;
  }
}
