import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';

const COMMIT = /^[0-9a-f]{40}$/;
/** What a cache made by hand may call a commit; no path. */
const COMMIT_NAME = /^\w[\w.-]*$/;

/**
 * One repository in a cache laid out as Python's `huggingface_hub` does, so that both share downloads:
 * `models--ORG--NAME/` with `blobs/` (contents by checksum), `snapshots/COMMIT/` (links to them) and `refs/` (names
 * of commits).
 */
export class CachedRepo {
  readonly folder: string;

  constructor(cacheFolder: string, repo: string) {
    this.folder = join(cacheFolder, `models--${repo.replaceAll('/', '--')}`);
  }

  /** The commit that a revision had when it was last asked for; undefined when it never was. */
  commitOf(revision: string): string | undefined {
    if (COMMIT.test(revision)) return revision;
    const file = join(this.folder, 'refs', revision);
    const commit = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
    return COMMIT_NAME.test(commit) ? commit : undefined;
  }

  /** Folder with the files of a commit. */
  snapshot(commit: string): string {
    return join(this.folder, 'snapshots', commit);
  }

  /** Path of a content, known by its checksum. */
  blob(checksum: string): string {
    return join(this.folder, 'blobs', checksum);
  }

  /** Gives a content its name in a commit: a link, or a copy where links are not allowed. */
  place(commit: string, file: string, checksum: string): string {
    const path = join(this.snapshot(commit), file);
    const blob = this.blob(checksum);
    mkdirSync(dirname(path), { recursive: true });
    const temporary = `${path}.partial-${process.pid}`;
    rmSync(temporary, { force: true });
    try {
      symlinkSync(relative(dirname(path), blob), temporary);
    } catch {
      copyFileSync(blob, temporary);
    }
    renameSync(temporary, path);
    return path;
  }

  /** Remembers which commit a revision stands for. */
  remember(revision: string, commit: string): void {
    if (COMMIT.test(revision)) return;
    const file = join(this.folder, 'refs', revision);
    mkdirSync(dirname(file), { recursive: true });
    const temporary = `${file}.partial-${process.pid}`;
    writeFileSync(temporary, commit);
    renameSync(temporary, file);
  }
}
