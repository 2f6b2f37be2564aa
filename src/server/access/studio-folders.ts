import { mkdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { ForbiddenPathError, NotThereError, ServeError } from '../errors.ts';
import type { ServeOptions } from '../options.ts';
import { type DeclaredFolder, declareFolder, type FoundFile, fileInside, filesInside } from './folders.ts';

const IMAGES = /\.(tiff?|png|jpe?g|jp2|webp)$/i;
const MODELS = /\.(ckpt|pth|pt|safetensors|onnx)$/i;

/** Milliseconds for which a list of models is believed: every tile of a map asks for it. */
const BELIEVED = 2000;

/** An image of a declared folder, and its truth where a mask lies beside it. */
export interface FoundImage {
  readonly folder: string;
  readonly file: FoundFile;
  readonly truth: FoundFile | null;
}

/** Masks lie beside images under the same name with another first word (`image-1.jpg`, `mask-1.png`; IGN’s `IMG_`, `MSK_`). */
const maskStem = (stem: string): string =>
  stem.replace(/(^|[/_-])image(?=[^/]*$)/i, '$1mask').replace(/(^|\/)IMG_/, '$1MSK_');
const isMask = (name: string): boolean => /(^|\/)(mask|MSK_)[^/]*$/i.test(name);

/** The way from a folder to a path below it; null for any other path. */
function wayInside(folder: DeclaredFolder, path: string): string | null {
  const way = relative(folder.path, path);
  return way === '..' || way.startsWith('../') || isAbsolute(way) ? null : way;
}

async function declare(path: string): Promise<DeclaredFolder> {
  return declareFolder(basename(path), path).catch((cause: unknown) => {
    throw new ServeError('a declared folder or model is not there', {
      ...{ file: path, remedy: 'check its name', cause },
    });
  });
}

async function realFile(path: string): Promise<string> {
  const { path: real } = await declare(path);
  if ((await stat(real)).isFile()) return real;
  throw new ServeError('this is no file', { file: path, remedy: 'name folders with --models' });
}

async function declareOwn(state: string, name: string): Promise<DeclaredFolder> {
  await mkdir(join(state, name), { recursive: true });
  return declareFolder(name, join(state, name));
}

interface Declared {
  readonly images: readonly DeclaredFolder[];
  readonly models: readonly DeclaredFolder[];
  /** Real paths of models that were named one by one. */
  readonly modelPaths: readonly string[];
  readonly runs: readonly DeclaredFolder[];
  readonly data: readonly DeclaredFolder[];
  /** Images that clients brought. */
  readonly uploads: DeclaredFolder;
  /** Models that clients brought. */
  readonly uploadedModels: DeclaredFolder;
}

/** Every place that the studio reads files from. */
export class StudioFolders {
  readonly declared: Declared;
  private known: { readonly at: number; readonly files: Promise<FoundFile[]> } | null = null;

  private constructor(declared: Declared) {
    this.declared = declared;
  }

  /** @throws ServeError when a declared folder or model is missing */
  static async open({ state, images, models, modelFiles, runs, data }: ServeOptions): Promise<StudioFolders> {
    const all = (paths: readonly string[] = []) => Promise.all(paths.map(declare));
    return new StudioFolders({
      ...{ images: await all(images), models: await all(models), runs: await all(runs) },
      ...{ data: await all(data), modelPaths: await Promise.all((modelFiles ?? []).map(realFile)) },
      ...{ uploads: await declareOwn(state, 'uploads'), uploadedModels: await declareOwn(state, 'models') },
    });
  }

  /** Images of the declared folders, without masks that go with one. */
  async images(): Promise<FoundImage[]> {
    const found: FoundImage[] = [];
    for (const folder of this.declared.images) {
      const files = await filesInside(folder, { wanted: (name) => IMAGES.test(name) });
      const byName = new Map(files.map((file) => [file.name.replace(/\.[^.]+$/, ''), file]));
      for (const file of files) {
        if (isMask(file.name)) continue;
        const stem = file.name.replace(/\.[^.]+$/, '');
        const truth = byName.get(maskStem(stem)) ?? null;
        found.push({ folder: folder.name, file, truth: truth?.id === file.id ? null : truth });
      }
    }
    return found;
  }

  /**
   * Models that were named one by one, those of the declared folders, then those that were uploaded.
   * @param fresh look again, even if somebody looked just now
   */
  models(fresh = false): Promise<FoundFile[]> {
    if (fresh || this.known === null || performance.now() - this.known.at > BELIEVED)
      this.known = { at: performance.now(), files: this.findModels() };
    return this.known.files;
  }

  private async findModels(): Promise<FoundFile[]> {
    const { modelPaths, models, uploadedModels } = this.declared;
    const named = modelPaths.map((path) => {
      const folder = { name: basename(dirname(path)), path: dirname(path) };
      return filesInside(folder, { wanted: (name) => name === basename(path), depth: 0 });
    });
    const below = [...models, uploadedModels].map((folder) =>
      filesInside(folder, { wanted: (name) => MODELS.test(name) }),
    );
    const files = (await Promise.all([...named, ...below])).flat();
    return [...new Map(files.map((file) => [file.id, file])).values()];
  }

  /** A file by its way below a declared folder of images or data. @throws ForbiddenPathError, NotThereError */
  async file(folderName: string, way: string): Promise<string> {
    const { images, data } = this.declared;
    const folder = [...images, ...data].find(({ name }) => name === folderName);
    if (folder === undefined) throw new NotThereError('declared folder');
    return fileInside(folder, way);
  }

  /** An image that another file names, if it lies below a declared folder. @throws NotThereError */
  async imageAt(path: string): Promise<{ path: string; name: string }> {
    const real = await realpath(path).catch(() => null);
    const { images, data, runs } = this.declared;
    for (const folder of [...images, ...data, ...runs]) {
      const name = real === null ? null : wayInside(folder, real);
      if (name !== null && IMAGES.test(name)) return { path: await fileInside(folder, name), name };
    }
    throw new NotThereError('file');
  }

  /**
   * A path that was found earlier. Identifiers outlive the server: it must lie below a folder that is declared now, and
   * still be what it was, no link to elsewhere.
   * @throws ForbiddenPathError, NotThereError
   */
  async still(path: string): Promise<string> {
    const { images, data, runs, uploads } = this.declared;
    for (const folder of [...images, ...data, ...runs, uploads]) {
      const way = wayInside(folder, path);
      if (way !== null) return fileInside(folder, way);
    }
    throw new ForbiddenPathError('the file does not lie in a declared folder any more', {
      remedy: 'start `arpent serve` with its folder',
    });
  }
}
