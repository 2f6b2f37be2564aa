import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { CachedRepo } from './cache.ts';
import { HubAnswerError, HubChecksumError } from './errors.ts';
import { PATIENCE_MS, request, withRetries } from './request.ts';
import type { HubSettings } from './settings.ts';

/** What the hub says of a file before it is downloaded. */
interface Announcement {
  readonly checksum: string;
  readonly bytes: number | null;
  readonly commit: string;
}

/** A file of a repository. */
export interface RemoteFile {
  readonly repo: string;
  readonly revision: string;
  readonly file: string;
}

function addressOf(settings: HubSettings, { repo, revision, file }: RemoteFile): string {
  const path = file.split('/').map(encodeURIComponent).join('/');
  return `${settings.endpoint}/${repo}/resolve/${encodeURIComponent(revision)}/${path}`;
}

async function announce(settings: HubSettings, remote: RemoteFile): Promise<Announcement> {
  const address = addressOf(settings, remote);
  const subject = { model: remote.repo, what: `${remote.repo}/${remote.file} at ${remote.revision}` };
  return withRetries(settings, subject, async () => {
    const { headers, status } = await request(settings, subject, address, {
      method: 'HEAD',
      follow: 'renames',
    });
    const tag = headers.get('x-linked-etag') ?? headers.get('etag') ?? '';
    const checksum = tag.replace(/^W\//, '').replaceAll('"', '');
    const commit = headers.get('x-repo-commit') ?? '';
    const size = headers.get('x-linked-size') ?? (status === 200 ? headers.get('content-length') : null);
    if (!/^[0-9A-Za-z_-]{1,128}$/.test(checksum))
      throw new HubAnswerError(address, 'the file has no usable etag');
    if (!/^[0-9a-f]{40}$/.test(commit)) throw new HubAnswerError(address, 'the file belongs to no commit');
    return { checksum, commit, bytes: size === null ? null : Number(size) };
  });
}

/** SHA-256 for large files; for small ones git's own: SHA-1 over a short header and the content. */
async function contentChecksum(path: string, kind: 'sha256' | 'git'): Promise<string> {
  const hash = createHash(kind === 'sha256' ? 'sha256' : 'sha1');
  if (kind === 'git') hash.update(`blob ${statSync(path).size}\0`);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Takes the right to continue a partial download; false while another living process has it. */
function acquire(lock: string): boolean {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = Number(readFileSync(lock, 'utf8'));
      if (owner > 0 && isRunning(owner)) return false;
      rmSync(lock, { force: true });
    }
  }
}

/** Appends what is missing of a file, continuing where an earlier attempt stopped. */
async function fetchInto(
  settings: HubSettings,
  remote: RemoteFile,
  partial: string,
  bytes: number | null,
): Promise<void> {
  const address = addressOf(settings, remote);
  const subject = { model: remote.repo, what: `${remote.repo}/${remote.file}` };
  await withRetries(settings, subject, async () => {
    let received = existsSync(partial) ? statSync(partial).size : 0;
    if (bytes !== null && received === bytes && bytes > 0) return;
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), PATIENCE_MS);
    const headers: Record<string, string> = received > 0 ? { range: `bytes=${received}-` } : {};
    const descriptor = openSync(partial, 'a');
    try {
      const response = await request(settings, subject, address, { headers, signal: silence.signal });
      const continues =
        response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${received}-`);
      if (!continues) {
        truncateSync(partial, 0);
        received = 0;
        if (response.status !== 200) throw new HubAnswerError(address, `status ${response.status}`);
      }
      for await (const chunk of response.body ?? []) {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), PATIENCE_MS);
        received += chunk.byteLength;
        if (bytes !== null && received > bytes)
          throw new HubChecksumError(address, `it is longer than ${bytes} bytes`);
        for (let done = 0; done < chunk.byteLength; ) done += writeSync(descriptor, chunk, done);
        settings.onProgress({ file: remote.file, receivedBytes: received, totalBytes: bytes });
      }
      if (bytes !== null && received < bytes)
        throw new HubAnswerError(address, `it stops at ${received} of ${bytes} bytes`);
      fsyncSync(descriptor);
    } finally {
      clearTimeout(timer);
      closeSync(descriptor);
    }
  });
}

async function verify(address: string, path: string, { checksum, bytes }: Announcement): Promise<void> {
  const size = statSync(path).size;
  const complaint = async (): Promise<string | undefined> => {
    if (bytes !== null && size !== bytes) return `it has ${size} bytes, not ${bytes}`;
    const kind = /^[0-9a-f]{64}$/.test(checksum)
      ? 'sha256'
      : /^[0-9a-f]{40}$/.test(checksum)
        ? 'git'
        : undefined;
    if (kind === undefined || (await contentChecksum(path, kind)) === checksum) return undefined;
    return 'its checksum is wrong';
  };
  const problem = await complaint();
  if (problem !== undefined) throw new HubChecksumError(address, problem);
}

/**
 * Brings one file of a repository into the cache: interrupted downloads continue, and a file gets its name only once its
 * size and checksum are right.
 * @returns the path in the snapshot, and its commit.
 * @throws HubUnreachableError, HubNotFoundError, HubAnswerError, HubChecksumError
 */
export async function downloadFile(
  settings: HubSettings,
  repo: CachedRepo,
  remote: RemoteFile,
): Promise<{ path: string; commit: string }> {
  const announced = await announce(settings, remote);
  const { checksum, commit, bytes } = announced;
  const blob = repo.blob(checksum);
  if (!existsSync(blob)) {
    mkdirSync(dirname(blob), { recursive: true });
    const lock = `${blob}.lock`;
    const owned = acquire(lock);
    const partial = owned ? `${blob}.incomplete` : `${blob}.${randomUUID()}.incomplete`;
    try {
      await fetchInto(settings, { ...remote, revision: commit }, partial, bytes);
      await verify(addressOf(settings, remote), partial, announced);
      renameSync(partial, blob);
    } catch (error) {
      // What cannot be continued, or is wrong, is of no use later.
      if (!owned || error instanceof HubChecksumError) rmSync(partial, { force: true });
      throw error;
    } finally {
      if (owned) rmSync(lock, { force: true });
    }
  }
  return { path: repo.place(commit, remote.file, checksum), commit };
}
