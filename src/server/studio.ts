import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AllowedAddresses, plainAddress } from './access/allowed-addresses.ts';
import { type FoundFile, fileId } from './access/folders.ts';
import { RemoteProxy } from './access/remote-proxy.ts';
import { StudioFolders } from './access/studio-folders.ts';
import { modelFormat } from './access/upload-format.ts';
import { type UploadKind, Uploads } from './access/uploads.ts';
import {
  BusyError,
  JobStateError,
  NotThereError,
  TooMuchError,
  UnsupportedFileError,
  WorkerLostError,
} from './errors.ts';
import { Jobs } from './jobs.ts';
import { type ServeOptions, UPLOAD_LIMITS } from './options.ts';
import { StudioDatabase } from './store/database.ts';
import { JobStore } from './store/jobs.ts';
import { RasterStore, type StoredRaster } from './store/rasters.ts';
import type { ModelDescription, ModelSource, RasterSource, RasterSummary } from './workers/messages.ts';
import { WorkerPool } from './workers/worker-pool.ts';

/** A model that can be chosen. */
export interface KnownModel {
  readonly file: FoundFile;
  readonly source: ModelSource;
  readonly about: ModelDescription | null;
}

const MODEL_UPLOADS: UploadKind = {
  formatOf: modelFormat,
  refusal: 'this is no ONNX file',
  remedy: 'bring what `arpent export` wrote',
};

/** Pixels of an uploaded image in a format that is decoded whole. */
const MOST_PIXELS = 400e6;

/** Everything behind the routes: folders, stores, worker processes. */
export class Studio {
  readonly options: ServeOptions;
  readonly uploads: Uploads;
  /** Models that clients brought. */
  readonly modelUploads: Uploads;
  readonly rasters: RasterStore;
  readonly jobs: Jobs;
  /** Processes that decode images. */
  readonly readers: WorkerPool;
  /** The process that runs networks for those who look on. */
  readonly predictors: WorkerPool;
  readonly folders: StudioFolders;
  private readonly mappers: WorkerPool;
  private readonly database: StudioDatabase;
  private readonly proxy: RemoteProxy;
  private readonly allowed: AllowedAddresses;
  private readonly summaries = new Map<string, Promise<RasterSummary>>();
  private readonly descriptions = new Map<string, Promise<ModelDescription | null>>();

  private constructor(options: ServeOptions, folders: StudioFolders) {
    this.options = options;
    this.folders = folders;
    this.allowed = new AllowedAddresses(options.addresses ?? []);
    this.proxy = new RemoteProxy(this.allowed);
    this.database = new StudioDatabase(options.state);
    const limits = { ...UPLOAD_LIMITS, ...options.uploads };
    this.uploads = new Uploads(folders.declared.uploads.path, limits);
    this.modelUploads = new Uploads(folders.declared.uploadedModels.path, limits, MODEL_UPLOADS);
    const { queue = 200, readers = 2, decodeTime = 60_000 } = options;
    const onDefect = options.onDefect ?? (() => {});
    this.readers = new WorkerPool({
      size: readers,
      queue,
      patience: decodeTime,
      newestFirst: true,
      onDefect,
    });
    this.predictors = new WorkerPool({ size: 1, queue, patience: 300_000, newestFirst: true, onDefect });
    this.mappers = new WorkerPool({ size: 1, queue: 1, patience: null, onDefect });
    this.rasters = new RasterStore(this.database.database);
    this.jobs = new Jobs(
      new JobStore(this.database.database),
      this.mappers,
      {
        raster: async (id) => {
          const source = await this.source(id);
          if (!source.remote) return source;
          throw new UnsupportedFileError('maps are made of files, not of addresses', {
            remedy: 'fetch the file into a declared folder, or upload it',
          });
        },
        models: (ids) => Promise.all(ids.split(',').map(async (id) => (await this.model(id)).source)),
      },
      join(options.state, 'maps'),
      options.jobs ?? 50,
    );
  }

  /** @throws ServeError when a declared folder is missing or the state folder is in use; ForbiddenAddressError */
  static async open(options: ServeOptions): Promise<Studio> {
    const studio = new Studio(options, await StudioFolders.open(options));
    studio.jobs.start();
    return studio;
  }

  private remember(
    path: string,
    name: string,
    kind: 'file' | 'upload',
    truth: string | null = null,
  ): StoredRaster {
    return this.rasters.put({ id: fileId(path), name, path, address: null, kind, truth });
  }

  /** Opens an image of a declared folder. @throws NotThereError */
  async openImage(id: string): Promise<StoredRaster> {
    const found = (await this.folders.images()).find(({ file }) => file.id === id);
    if (found === undefined) throw new NotThereError('image');
    const { file, truth } = found;
    if (truth !== null) this.remember(truth.path, truth.name, 'file');
    return this.remember(file.path, file.name, 'file', truth?.id ?? null);
  }

  /** Opens a file by its way below a declared folder. @throws ForbiddenPathError, NotThereError */
  async openFile(folderName: string, name: string): Promise<StoredRaster> {
    return this.remember(await this.folders.file(folderName, name), name, 'file');
  }

  /** Opens an image that another file names, if it lies below a declared folder of images, data or runs. @throws NotThereError */
  async openInside(path: string): Promise<StoredRaster> {
    const found = await this.folders.imageAt(path);
    return this.remember(found.path, found.name, 'file');
  }

  /** Opens a file that was found below a declared folder. */
  openPath(path: string, name: string): StoredRaster {
    return this.remember(path, name, 'file');
  }

  /** Opens a file that was uploaded just now; one that no reader understands is removed. @throws what reading throws */
  async openUpload(path: string, name: string): Promise<StoredRaster> {
    const raster = this.remember(path, name, 'upload');
    try {
      const { format, width, height } = await this.summary(raster.id);
      if (format === 'GTiff' || width * height <= MOST_PIXELS) return raster;
      throw new TooMuchError(`this image has ${Math.round((width * height) / 1e6)} million pixels`, {
        remedy: 'bring it as a GeoTIFF, which is read part by part',
      });
    } catch (error) {
      await this.removeUpload(raster.id);
      throw error;
    }
  }

  /** Removes an uploaded raster and its file. @throws NotThereError, JobStateError */
  async removeUpload(id: string): Promise<void> {
    const { kind, path } = this.rasters.get(id);
    if (kind !== 'upload' || path === null) throw new NotThereError('upload');
    if (this.jobs.list().some(({ raster, state }) => raster === id && state !== 'done' && state !== 'failed'))
      throw new JobStateError('a job maps this raster', { remedy: 'wait for it, or remove it first' });
    this.rasters.remove(id);
    this.summaries.delete(id);
    await rm(path, { force: true });
  }

  /** Removes an uploaded model. @throws NotThereError */
  async removeModelUpload(id: string): Promise<void> {
    const { path } = (await this.model(id)).file;
    if (dirname(path) !== this.modelUploads.folder) throw new NotThereError('upload');
    await rm(path, { force: true });
  }

  /** Keeps an ONNX file that was uploaded just now, unless it is none, or names files beside itself. */
  async openModelUpload(path: string): Promise<KnownModel> {
    try {
      const file = (await this.folders.models(true)).find((each) => basename(each.path) === basename(path));
      if (file === undefined) throw new NotThereError('model');
      await this.readers.run('check-model', { model: this.modelSource(file) });
      return await this.describe(file);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  /** Opens a remote raster. @throws ForbiddenAddressError */
  openAddress(text: string): StoredRaster {
    const url = plainAddress(text);
    this.allowed.check(url);
    const name = url.pathname.split('/').at(-1) || url.hostname;
    return this.rasters.put({
      ...{ id: fileId(url.href), name, path: null, address: url.href },
      ...{ kind: 'address', truth: null },
    });
  }

  /**
   * Where workers find a raster. Identifiers outlive the server: a file must still lie below a folder that is declared now.
   * @throws NotThereError, ForbiddenPathError, ForbiddenAddressError
   */
  async source(id: string): Promise<RasterSource> {
    const { path, address } = this.rasters.get(id);
    if (path !== null) return { path: await this.folders.still(path), remote: false };
    return { path: await this.proxy.localAddress(id, new URL(address!)), remote: true };
  }

  /** What a raster is, asked of a worker once. */
  async summary(id: string): Promise<RasterSummary> {
    const source = await this.source(id);
    const known = this.summaries.get(id) ?? this.readers.run('summary', { source });
    this.summaries.set(id, known);
    known.catch(() => this.summaries.delete(id));
    return known;
  }

  /** Every model of the declared folders, with what it says of itself. */
  async models(): Promise<KnownModel[]> {
    const known: KnownModel[] = [];
    for (const file of await this.folders.models(true)) known.push(await this.describe(file));
    return known;
  }

  private modelSource({ path, changed, bytes }: FoundFile): ModelSource {
    const named = this.folders.declared.modelPaths.includes(path);
    const description = named ? (this.options.network ?? null) : null;
    return { path, version: `${changed}-${bytes}`, description };
  }

  private async describe(file: FoundFile): Promise<KnownModel> {
    const source = this.modelSource(file);
    const key = `${file.id}@${source.version}`;
    let asked = this.descriptions.get(key);
    if (asked === undefined) {
      asked = this.readers.run('describe-model', { model: source }).catch((error: unknown) => {
        // Who was too busy to look, or was ended while looking, has found nothing out.
        if (error instanceof BusyError || error instanceof WorkerLostError) this.descriptions.delete(key);
        return null;
      });
      this.descriptions.set(key, asked);
    }
    return { file, source, about: await asked };
  }

  /** @throws NotThereError */
  async model(id: string): Promise<KnownModel> {
    const file = (await this.folders.models()).find((each) => each.id === id);
    if (file === undefined) throw new NotThereError('model');
    return this.describe(file);
  }

  async close(): Promise<void> {
    await this.jobs.close();
    await Promise.all([this.readers.close(), this.predictors.close(), this.mappers.close()]);
    await this.proxy.close();
    this.database.close();
  }
}
