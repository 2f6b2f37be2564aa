import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { openRaster, type RasterWindow } from '../../raster/index.ts';
import { readSeal, sha256, TileSums } from './record.ts';

/** What is wrong with a file of a map. */
export interface FileProblem {
  readonly file: string;
  readonly problem: 'missing' | 'changed';
}

/** What a check of a finished map found. */
export interface MapVerification {
  readonly sound: boolean;
  /** Files that are not what they were when the map was finished. */
  readonly files: readonly FileProblem[];
  /** Parts of the map whose pixels are not what they were, or cannot be read. */
  readonly windows: readonly RasterWindow[];
}

async function fileProblem(folder: string, name: string, digest: string): Promise<FileProblem | null> {
  const file = join(folder, name);
  const present = await stat(file).then(
    () => true,
    () => false,
  );
  if (!present) return { file, problem: 'missing' };
  return (await sha256(file)) === digest ? null : { file, problem: 'changed' };
}

/**
 * Checks a finished map against the record beside it: every file by its SHA-256 and, where the map itself has changed, each
 * part of it by its checksum, so that damage is told by its place.
 *
 * @throws MissingSealError
 */
export async function verifyMap(output: string): Promise<MapVerification> {
  const seal = await readSeal(output);
  const files: FileProblem[] = [];
  for (const { name, sha256: digest } of seal.files) {
    const problem = await fileProblem(dirname(output), name, digest);
    if (problem !== null) files.push(problem);
  }
  if (files.length === 0) return { sound: true, files, windows: [] };
  const sums = TileSums.fromText(seal.tiles);
  const windows: RasterWindow[] = [];
  try {
    await using raster = await openRaster(output);
    const across = seal.columns.length - 1;
    for (const [index, sum] of sums.entries()) {
      const [column, row] = [index % across, Math.floor(index / across)];
      const [x, y] = [seal.columns[column]!, seal.rows[row]!];
      const window = { x, y, width: seal.columns[column + 1]! - x, height: seal.rows[row + 1]! - y };
      const found = await raster.read(window).then(
        ({ data }) => crc32(data as Uint8Array),
        () => null,
      );
      if (found !== sum) windows.push(window);
    }
  } catch {
    // The map cannot even be opened; the list of files says so.
  }
  return { sound: false, files, windows };
}
