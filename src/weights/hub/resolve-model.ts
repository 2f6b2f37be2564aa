import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CachedRepo } from './cache.ts';
import { downloadFile } from './download.ts';
import { HubAnswerError, HubOfflineError, ModelFolderError, ModelNameError } from './errors.ts';
import { CONFIG_NAME, hasWeights, readShardIndex, WEIGHT_NAMES } from './model-folder.ts';
import { request, withRetries } from './request.ts';
import { staysInside } from './safe-path.ts';
import { type HubOptions, type HubSettings, hubSettings } from './settings.ts';

/** Where a model was found. */
export interface ResolvedModel {
  /** Folder with `config.json` and the weights, for `readModelFolder`. */
  readonly folder: string;
  readonly source: 'folder' | 'cache' | 'hub';
  /** Commit of the repository; null for plain folders. */
  readonly commit: string | null;
}

/** Files beside the weights that readers of a model look at, where the repository has them. */
const COMPANIONS = [CONFIG_NAME, 'preprocessor_config.json'];

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Whether a hub could know the name: `model` or `organisation/model`. */
function isRepoName(name: string): boolean {
  return /^[\w.-]+(\/[\w.-]+)?$/.test(name) && staysInside(name) && !name.includes('--') && name.length <= 96;
}

function checkRevision(name: string, { revision }: HubSettings): void {
  if (!staysInside(revision)) throw new ModelNameError(`${name}@${revision}`);
}

/** Commit and files of a repository, as the hub lists them. */
async function listRepo(
  settings: HubSettings,
  name: string,
): Promise<{ commit: string; files: Set<string> }> {
  const address = `${settings.endpoint}/api/models/${name}/revision/${encodeURIComponent(settings.revision)}`;
  const subject = { model: name, what: `model ${name} with a revision ${settings.revision}` };
  return withRetries(settings, subject, async () => {
    const response = await request(settings, subject, address);
    const { sha, siblings } = (await response.json()) as { sha?: unknown; siblings?: unknown };
    if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha) || !Array.isArray(siblings)) {
      throw new HubAnswerError(address, 'it is no description of a model');
    }
    const names = siblings.map((sibling) => (sibling as { rfilename?: unknown } | null)?.rfilename);
    return { commit: sha, files: new Set(names.filter((file): file is string => typeof file === 'string')) };
  });
}

async function downloadModel(settings: HubSettings, name: string, repo: CachedRepo): Promise<string> {
  const { commit, files } = await listRepo(settings, name);
  const fetchFile = (file: string) => downloadFile(settings, repo, { repo: name, revision: commit, file });
  const weights = WEIGHT_NAMES.find((file) => files.has(file) || files.has(`${file}.index.json`));
  if (weights === undefined) {
    throw new ModelFolderError(`${name} holds neither ${WEIGHT_NAMES.join(' nor ')}`, {
      file: `${settings.endpoint}/${name}`,
      remedy: `download the file with the weights by its name instead: it has ${[...files].slice(0, 20).join(', ')}`,
    });
  }
  for (const file of COMPANIONS) if (files.has(file)) await fetchFile(file);
  if (files.has(weights)) await fetchFile(weights);
  else {
    const { path } = await fetchFile(`${weights}.index.json`);
    for (const shard of new Set(readShardIndex(path).values())) await fetchFile(shard);
  }
  repo.remember(settings.revision, commit);
  return commit;
}

/**
 * Finds a model by the name people know: a folder on disk, `organisation/model` in one of the given folders or in the
 * hub's cache, and only then the hub itself, from which configuration and weights are downloaded into the cache.
 * @throws ModelNameError, HubOfflineError, HubUnreachableError, HubNotFoundError, HubAnswerError, HubChecksumError,
 *   ModelFolderError
 */
export async function resolveModel(name: string, options: HubOptions = {}): Promise<ResolvedModel> {
  const settings = hubSettings(options);
  if (isFolder(name)) return { folder: resolve(name), source: 'folder', commit: null };
  if (!isRepoName(name)) throw new ModelNameError(name);
  checkRevision(name, settings);
  const base = name.slice(name.indexOf('/') + 1);
  const local = settings.folders.flatMap((folder) => [join(folder, name), join(folder, base)]).find(isFolder);
  if (local !== undefined) return { folder: resolve(local), source: 'folder', commit: null };
  const repo = new CachedRepo(settings.cacheFolder, name);
  const cached = repo.commitOf(settings.revision);
  if (cached !== undefined && hasWeights(repo.snapshot(cached))) {
    return { folder: repo.snapshot(cached), source: 'cache', commit: cached };
  }
  if (settings.offline) throw new HubOfflineError(name);
  const commit = await downloadModel(settings, name, repo);
  return { folder: repo.snapshot(commit), source: 'hub', commit };
}

/** Folder of a model that lies in the hub's cache; undefined when it does not. Reads no network. */
export function cachedModel(name: string, options: HubOptions = {}): string | undefined {
  const { cacheFolder, revision } = hubSettings(options);
  if (!isRepoName(name) || !staysInside(revision)) return undefined;
  const repo = new CachedRepo(cacheFolder, name);
  const commit = repo.commitOf(revision);
  const folder = commit === undefined ? undefined : repo.snapshot(commit);
  return folder !== undefined && hasWeights(folder) ? folder : undefined;
}

/**
 * Path of one file of a repository, from the cache or the hub: for weights under names of their own, such as IGN's
 * `IGNF/FLAIR-INC_rgbie_12cl_resnet34-unet`.
 * @throws as {@link resolveModel}
 */
export async function resolveFile(name: string, file: string, options: HubOptions = {}): Promise<string> {
  const settings = hubSettings(options);
  if (!isRepoName(name)) throw new ModelNameError(name);
  if (!staysInside(file)) throw new ModelNameError(`${name}/${file}`);
  checkRevision(name, settings);
  const repo = new CachedRepo(settings.cacheFolder, name);
  const cached = repo.commitOf(settings.revision);
  const path = cached === undefined ? undefined : join(repo.snapshot(cached), file);
  if (path !== undefined && existsSync(path)) return path;
  if (settings.offline) throw new HubOfflineError(name, file);
  const remote = { repo: name, revision: settings.revision, file };
  const downloaded = await downloadFile(settings, repo, remote);
  repo.remember(settings.revision, downloaded.commit);
  return downloaded.path;
}
