import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, resolve } from 'node:path';
import { PatchListError } from './errors.ts';

/** One image with its mask, as a list names them. */
export interface Patch {
  /** Path of the image. */
  readonly image: string;
  /** Path of the mask; null where there is none to learn or score from. */
  readonly mask: string | null;
  /** The list it comes from, for messages. */
  readonly list: string | null;
  /** 1-based line in the list. */
  readonly line: number | null;
}

/** Where the paths of a list lead. */
export interface PatchListOptions {
  /** Replaces the prefix of the paths: the longest tail of a path that exists below this folder is the file. */
  readonly root?: string | null;
  /** The folder that relative paths start from; by default the list's own. */
  readonly relativeTo?: string | null;
}

/** The fields of a CSV line; quotes protect commas and doubled quotes stand for one. */
function fieldsOf(line: string): string[] {
  const fields = line.match(/("([^"]|"")*"|[^,]*)(,|$)/g) ?? [];
  // The pattern matches once more, empty, at the end of the line.
  return fields
    .slice(0, line.endsWith(',') ? undefined : -1)
    .map((field) => field.replace(/,$/, '').trim())
    .map((field) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field));
}

/** The longest tail of a path that exists below the root, or the path below the root when none does. */
function below(root: string, path: string): string {
  const parts = normalize(path)
    .split(/[\\/]/)
    .filter((part) => part !== '' && part !== '.' && part !== '..');
  for (let start = 0; start < parts.length; start++) {
    const candidate = join(root, ...parts.slice(start));
    if (existsSync(candidate)) return candidate;
  }
  return join(root, ...parts);
}

/**
 * Reads a list of patches: CSV without header, image path first, mask path second, further columns ignored (IGN's
 * form). Empty lines are skipped. Whether the files exist is found out when they are read, unless a root is given.
 *
 * @throws PatchListError when the list is missing, empty or has a line without an image
 */
export async function readPatchList(
  file: string,
  { root = null, relativeTo = null }: PatchListOptions = {},
): Promise<Patch[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new PatchListError('the list of patches cannot be read', {
      file,
      remedy: 'check the path; the list is a CSV file with one "image,mask" pair a line',
      cause,
    });
  }
  const base = relativeTo ?? dirname(file);
  const locate = (path: string) => {
    if (root !== null) return below(root, path);
    return isAbsolute(path) ? path : resolve(base, path);
  };
  const patches: Patch[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (raw.trim() === '') continue;
    const [image, mask] = fieldsOf(raw);
    if (!image) {
      throw new PatchListError('this line names no image', {
        file,
        line: index + 1,
        remedy: 'write "image path,mask path" on each line',
      });
    }
    patches.push({ image: locate(image), mask: mask ? locate(mask) : null, list: file, line: index + 1 });
  }
  if (patches.length === 0) {
    throw new PatchListError('the list names no patch', {
      file,
      remedy: 'write one "image path,mask path" pair a line, without a header',
    });
  }
  return patches;
}
