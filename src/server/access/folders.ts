import { createHash } from 'node:crypto';
import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { ForbiddenPathError, NotThereError } from '../errors.ts';

/** A folder whose files the server may read. */
export interface DeclaredFolder {
  /** Name in addresses and on the page. */
  readonly name: string;
  /** Absolute path, symbolic links resolved. */
  readonly path: string;
}

/** Declares a folder: it must exist, and counts by its real path. */
export async function declareFolder(name: string, path: string): Promise<DeclaredFolder> {
  return { name, path: await realpath(path) };
}

const inside = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith(`..${sep}`));
};

function forbidden(name: string): ForbiddenPathError {
  return new ForbiddenPathError(`"${name}" does not lie in a declared folder`, {
    remedy: 'name a file below a folder that `arpent serve` was started with',
  });
}

/**
 * The real path of a file below a declared folder.
 *
 * The name is looked at before the disk is (no absolute paths, no `..`, no NUL, nothing GDAL takes for one of its own file
 * systems), and the real path after it: a symbolic link may not lead outside.
 *
 * @throws ForbiddenPathError, NotThereError
 */
export async function fileInside(folder: DeclaredFolder, name: string): Promise<string> {
  const parts = name.split(/[\\/]/);
  const suspicious =
    name === '' ||
    name.length > 1024 ||
    name.includes('\0') ||
    isAbsolute(name) ||
    parts.includes('..') ||
    /^\s*</.test(name) ||
    /(^|[\\/])vsi[a-z0-9_]*([\\/]|$)/i.test(name) ||
    /^[a-z][a-z0-9_+.-]*:/i.test(name);
  if (suspicious) throw forbidden(name);
  let path: string;
  try {
    path = await realpath(join(folder.path, name));
  } catch {
    throw new NotThereError('file');
  }
  if (!inside(folder.path, path)) throw forbidden(name);
  return path;
}

/** A file that was found below a declared folder. */
export interface FoundFile {
  /** Stands for the file in addresses. */
  readonly id: string;
  /** Way from the declared folder, with `/`. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly changed: number;
}

/** Stands for a file in addresses without telling where it lies. */
export function fileId(path: string): string {
  return createHash('sha256').update(path).digest('base64url').slice(0, 16);
}

/** How a folder is searched. */
export interface SearchOptions {
  readonly wanted: (name: string) => boolean;
  /** Levels below the folder. Default 4. */
  readonly depth?: number;
  /** Most files. Default 2000. */
  readonly limit?: number;
}

/** Plain files below a declared folder by name; symbolic links are followed only where they stay inside. */
export async function filesInside(
  folder: DeclaredFolder,
  { wanted, depth = 4, limit = 2000 }: SearchOptions,
): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const visit = async (at: string, level: number): Promise<void> => {
    const entries = await readdir(join(folder.path, at), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))) {
      if (found.length >= limit || entry.name.startsWith('.')) continue;
      const name = at === '' ? entry.name : `${at}/${entry.name}`;
      if (entry.isDirectory()) {
        if (level < depth) await visit(name, level + 1);
        continue;
      }
      if (!wanted(entry.name)) continue;
      const path = await fileInside(folder, name).catch(() => null);
      const about = path === null ? null : await stat(path).catch(() => null);
      if (path === null || about === null || !about.isFile()) continue;
      found.push({ id: fileId(path), name, path, bytes: about.size, changed: about.mtimeMs });
    }
  };
  await visit('', 0);
  return found;
}
