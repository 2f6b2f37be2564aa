import { access, readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { RasterNotFoundError } from '../raster/index.ts';
import { BadPatchError } from './errors.ts';
import { errorAtLine, SKIP_REMARK } from './patch-error.ts';
import type { Patch } from './patch-list.ts';

const REMARK = `; where the data lie elsewhere, root replaces the beginning of the paths${SKIP_REMARK}`;

/** Missing files that an error names before it counts the rest. */
const NAMED = 20;

/** Looks files up by the listings of their folders: a patch set has hundreds of files a folder. */
class FileLookup {
  private readonly listings = new Map<string, Promise<ReadonlySet<string>>>();

  private listing(folder: string): Promise<ReadonlySet<string>> {
    let names = this.listings.get(folder);
    if (names === undefined) {
      names = readdir(folder).then(
        (found) => new Set(found),
        () => new Set<string>(),
      );
      this.listings.set(folder, names);
    }
    return names;
  }

  async has(path: string): Promise<boolean> {
    if ((await this.listing(dirname(path))).has(basename(path))) return true;
    // GDAL's own file systems have no folders; elsewhere a name may differ in case, or its folder may hide its names.
    if (path.startsWith('/vsi')) return true;
    return access(path).then(
      () => true,
      () => false,
    );
  }
}

/**
 * Makes sure that the files of lists are there, before hours of work lead to one that is not.
 * @param patches of any number of lists; masks that are null are not looked for
 * @throws BadPatchError naming the line of the first missing file, and further ones below
 */
export async function requirePatchFiles(patches: readonly Patch[]): Promise<void> {
  const lookup = new FileLookup();
  const missing: { readonly patch: Patch; readonly path: string }[] = [];
  for (const patch of patches) {
    for (const path of [patch.image, patch.mask]) {
      if (path !== null && !(await lookup.has(path))) missing.push({ patch, path });
    }
  }
  const [first, ...others] = missing;
  if (first === undefined) return;
  const error = errorAtLine(first.patch, new RasterNotFoundError(first.path), REMARK);
  if (others.length === 0 || !(error instanceof BadPatchError)) throw error;
  const named = others.slice(0, NAMED - 1).map(({ patch, path }) => `  ${patch.list}:${patch.line}: ${path}`);
  const rest = others.length - named.length;
  const more = others.length === 1 ? 'one more file is' : `${others.length} more files are`;
  throw new BadPatchError(
    [
      `${error.problem}; ${more} missing:`,
      ...named,
      ...(rest > 0 ? [`  … and ${rest} more (arpent data check names every line)`] : []),
    ].join('\n'),
    { ...error.place, remedy: error.remedy, cause: error },
  );
}
