import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MapInProgressError } from '../errors.ts';

/** Whether a process of this number runs here. This process itself does not count: its number may have been another's. */
function runs(pid: number): boolean {
  if (pid === process.pid || !Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Paths being mapped by this process. */
const held = new Set<string>();

/** Keeps two runs from making the same map at a time. A lock whose process has died is taken over. */
export class MapLock {
  private readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @throws MapInProgressError */
  static async take(output: string): Promise<MapLock> {
    const path = `${output}.lock`;
    if (held.has(path)) throw new MapInProgressError(output, process.pid);
    held.add(path);
    try {
      await writeFile(path, `${process.pid}\n`, { flag: 'wx' }).catch(
        async (error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
          const owner = Number(await readFile(path, 'utf8'));
          if (runs(owner)) throw new MapInProgressError(output, owner);
          await writeFile(path, `${process.pid}\n`);
        },
      );
    } catch (error) {
      held.delete(path);
      throw error;
    }
    return new MapLock(path);
  }

  async release(): Promise<void> {
    await rm(this.path, { force: true });
    held.delete(this.path);
  }
}

/** Removes what killed runs left half-written beside an output. */
export async function removeLeftovers(output: string): Promise<void> {
  const folder = dirname(output);
  const name = basename(output);
  for (const file of await readdir(folder)) {
    if (!file.startsWith(`${name}.`)) continue;
    const pid = /^\.(?:tiles|partial)-(\d+)-\d+(?:\.|$)/.exec(file.slice(name.length))?.[1];
    if (pid !== undefined && !runs(Number(pid))) await rm(join(folder, file), { force: true });
  }
}
