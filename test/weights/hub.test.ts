import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CorruptFileError,
  type DownloadProgress,
  float32Values,
  HubAnswerError,
  HubChecksumError,
  HubNotFoundError,
  HubOfflineError,
  HubUnreachableError,
  ModelFolderError,
  ModelNameError,
  rawArray,
  readModelFolder,
  resolveFile,
  resolveModel,
  writePth,
  writeSafetensors,
} from '../../src/weights/index.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/** A small hub: files by name, large ones behind a redirect as the real one's, with failures on request. */
class FakeHub {
  readonly files = new Map<string, Buffer>();
  readonly requests: string[] = [];
  readonly tokens: string[] = [];
  /** Connections that break off after half of the content. */
  breakOffs = 0;
  /** Answers with an error of the server. */
  refusals = 0;
  corrupt = false;
  acceptsRanges = true;
  endpoint = '';
  /** Another origin than the hub's, as its storage is. */
  storage = '';
  #server: Server | undefined;

  async start(): Promise<void> {
    this.#server = createServer((request, response) => this.#answer(request, response));
    await new Promise<void>((resolve) => this.#server!.listen(0, '127.0.0.1', resolve));
    this.storage = `http://localhost:${(this.#server!.address() as AddressInfo).port}`;
    this.endpoint = `http://127.0.0.1:${(this.#server!.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server!.closeAllConnections();
    await new Promise((resolve) => this.#server!.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse) {
    const url = request.url!;
    this.requests.push(`${request.method} ${url}${request.headers.range ? ` ${request.headers.range}` : ''}`);
    this.tokens.push(`${url.startsWith('/storage/') ? 'storage' : 'hub'}: ${request.headers.authorization}`);
    if (this.refusals-- > 0) return void response.writeHead(503).end();
    if (url.startsWith('/api/models/org/net/revision/')) {
      const siblings = [...this.files.keys()].map((rfilename) => ({ rfilename }));
      return void response.end(JSON.stringify({ sha: COMMIT, siblings }));
    }
    const [, kind, file = ''] = /^\/(org\/net\/resolve\/[^/]+|storage)\/(.+)$/.exec(url) ?? [];
    const content = this.files.get(decodeURIComponent(file));
    if (kind === undefined || content === undefined) return void response.writeHead(404).end();
    if (kind === 'storage') return this.#send(request, response, content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    if (content.length > 1000) {
      const headers = {
        'x-linked-etag': `"${sha256}"`,
        'x-linked-size': content.length,
        'x-repo-commit': COMMIT,
      };
      return void response
        .writeHead(302, { ...headers, location: `${this.storage}/storage/${file}`, etag: '"redirect"' })
        .end();
    }
    const sha1 = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
    response.setHeader('etag', `W/"${sha1}"`);
    response.setHeader('x-repo-commit', COMMIT);
    this.#send(request, response, content);
  }

  #send(request: IncomingMessage, response: ServerResponse, whole: Buffer): void {
    const from = this.acceptsRanges ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    const content = Buffer.from(whole.subarray(from));
    if (this.corrupt && request.method === 'GET') content[content.length - 1]! ^= 1;
    if (from > 0) response.setHeader('content-range', `bytes ${from}-${whole.length - 1}/${whole.length}`);
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length });
    if (request.method === 'HEAD') return void response.end();
    if (whole.length > 1000 && this.breakOffs-- > 0) {
      response.write(content.subarray(0, content.length >> 1), () => response.destroy());
      return;
    }
    response.end(content);
  }
}

const hub = new FakeHub();
let folder: string;

beforeAll(() => hub.start());
afterAll(() => hub.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arpent-hub-'));
  hub.files.clear();
  hub.requests.length = 0;
  hub.tokens.length = 0;
  Object.assign(hub, { breakOffs: 0, refusals: 0, corrupt: false, acceptsRanges: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

function weights(start = 0) {
  const values = Float32Array.from({ length: 4096 }, (_, i) => start + i);
  return new Map([[`w${start}`, rawArray('float32', [64, 64], values)]]);
}

function fileContent(write: (path: string) => void): Buffer {
  const path = join(folder, 'scratch');
  write(path);
  const content = readFileSync(path);
  rmSync(path);
  return content;
}

function publish(): void {
  hub.files.set('config.json', Buffer.from('{"model_type":"segformer"}'));
  hub.files.set('README.md', Buffer.from('# net'));
  hub.files.set(
    'model.safetensors',
    fileContent((path) => writeSafetensors(path, weights())),
  );
  hub.files.set(
    'pytorch_model.bin',
    fileContent((path) => writePth(path, weights())),
  );
}

function publishShards(): void {
  hub.files.set('config.json', Buffer.from('{}'));
  const shardOf: Record<string, string> = {};
  for (const [i, start] of [0, 10].entries()) {
    const name = `pytorch_model-0000${i + 1}-of-00002.bin`;
    hub.files.set(
      name,
      fileContent((path) => writePth(path, weights(start))),
    );
    shardOf[`w${start}`] = name;
  }
  hub.files.set('pytorch_model.bin.index.json', Buffer.from(JSON.stringify({ weight_map: shardOf })));
}

function options() {
  return { endpoint: hub.endpoint, cacheFolder: join(folder, 'hub'), offline: false, retryDelayMs: 1 };
}

describe('a name that is not on disk', () => {
  it('is downloaded once, into the layout that Python shares', async () => {
    publish();
    const progress: DownloadProgress[] = [];
    const found = await resolveModel('org/net', { ...options(), onProgress: (step) => progress.push(step) });
    const repo = join(folder, 'hub', 'models--org--net');
    expect(found).toEqual({ folder: join(repo, 'snapshots', COMMIT), source: 'hub', commit: COMMIT });
    expect(readdirSync(found.folder).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(readFileSync(join(repo, 'refs', 'main'), 'utf8')).toBe(COMMIT);
    expect(lstatSync(join(found.folder, 'model.safetensors')).isSymbolicLink()).toBe(true);
    expect(readdirSync(join(repo, 'blobs')).every((name) => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(name))).toBe(
      true,
    );
    const { config, stateDict } = readModelFolder(found.folder);
    expect(config).toEqual({ model_type: 'segformer' });
    expect(float32Values(stateDict.get('w0')!)[4095]).toBe(4095);
    const bytes = hub.files.get('model.safetensors')!.length;
    expect(progress.at(-1)).toEqual({ file: 'model.safetensors', receivedBytes: bytes, totalBytes: bytes });

    hub.requests.length = 0;
    expect((await resolveModel('org/net', { ...options(), offline: true })).source).toBe('cache');
    expect((await resolveModel('org/net', { ...options(), endpoint: 'http://127.0.0.1:1' })).source).toBe(
      'cache',
    );
    expect(hub.requests).toEqual([]);
  });

  it('is downloaded shard by shard', async () => {
    publishShards();
    const { folder: snapshot } = await resolveModel('org/net', options());
    const { stateDict, weightFiles } = readModelFolder(snapshot);
    expect([...stateDict.keys()]).toEqual(['w0', 'w10']);
    expect(weightFiles).toHaveLength(2);
    expect(float32Values(stateDict.get('w10')!)[0]).toBe(10);
  });

  it('may be a single file', async () => {
    hub.files.set(
      'FLAIR weights.pth',
      fileContent((path) => writePth(path, weights())),
    );
    const path = await resolveFile('org/net', 'FLAIR weights.pth', options());
    expect(readFileSync(path)).toEqual(hub.files.get('FLAIR weights.pth'));
    expect(await resolveFile('org/net', 'FLAIR weights.pth', { ...options(), offline: true })).toBe(path);
  });

  it('carries the token to the hub, and never to its storage', async () => {
    publish();
    await resolveModel('org/net', { ...options(), token: 'secret' });
    expect(new Set(hub.tokens)).toEqual(new Set(['hub: Bearer secret', 'storage: undefined']));
  });
});

describe('a download that breaks off', () => {
  it('continues where it stopped', async () => {
    publish();
    hub.breakOffs = 2;
    const { folder: snapshot } = await resolveModel('org/net', options());
    expect(readFileSync(join(snapshot, 'model.safetensors'))).toEqual(hub.files.get('model.safetensors'));
    expect(hub.requests.filter((line) => /bytes=[1-9]/.test(line) && line.includes('/storage/')).length).toBe(
      2,
    );
  });

  it('starts again where the server cannot continue', async () => {
    publish();
    hub.breakOffs = 1;
    hub.acceptsRanges = false;
    const { folder: snapshot } = await resolveModel('org/net', options());
    expect(readFileSync(join(snapshot, 'model.safetensors'))).toEqual(hub.files.get('model.safetensors'));
  });

  it('continues in another process, after a lock was left behind', async () => {
    publish();
    hub.breakOffs = 100;
    await expect(resolveModel('org/net', options())).rejects.toThrow(HubUnreachableError);
    const blobs = join(folder, 'hub', 'models--org--net', 'blobs');
    const partial = readdirSync(blobs).find((name) => name.endsWith('.incomplete'))!;
    writeFileSync(join(blobs, partial.replace('.incomplete', '.lock')), '999999999');
    hub.breakOffs = 0;
    hub.requests.length = 0;
    const { folder: snapshot } = await resolveModel('org/net', options());
    expect(hub.requests.some((line) => /bytes=[1-9]/.test(line))).toBe(true);
    expect(readFileSync(join(snapshot, 'model.safetensors'))).toEqual(hub.files.get('model.safetensors'));
    expect(readdirSync(blobs).every((name) => !/lock|incomplete/.test(name))).toBe(true);
  });

  it('survives errors of the server', async () => {
    publish();
    hub.refusals = 3;
    expect((await resolveModel('org/net', options())).source).toBe('hub');
  });

  it('serves two callers at once', async () => {
    publish();
    const [a, b] = await Promise.all([
      resolveModel('org/net', options()),
      resolveModel('org/net', options()),
    ]);
    expect(a.folder).toBe(b.folder);
    expect(readFileSync(join(a.folder, 'model.safetensors'))).toEqual(hub.files.get('model.safetensors'));
  });
});

describe('what goes wrong', () => {
  it('is named: wrong content, which is thrown away', async () => {
    publish();
    hub.corrupt = true;
    await expect(resolveModel('org/net', options())).rejects.toThrow(HubChecksumError);
    hub.corrupt = false;
    expect((await resolveModel('org/net', options())).source).toBe('hub');
  });

  it('is named: no network', async () => {
    const attempt = resolveModel('org/net', { ...options(), endpoint: 'http://127.0.0.1:1' });
    await expect(attempt).rejects.toThrow(HubUnreachableError);
    await expect(attempt).rejects.toThrow(/org\/net is not on this disk.*\n.*HF_ENDPOINT/);
    expect(existsSync(join(folder, 'hub', 'models--org--net', 'refs'))).toBe(false);
  });

  it('is named: no permission to download', async () => {
    await expect(resolveModel('org/net', { ...options(), offline: true })).rejects.toThrow(HubOfflineError);
  });

  it('is named: no such model, no such file, no weights', async () => {
    await expect(resolveModel('org/other', options())).rejects.toThrow(HubNotFoundError);
    await expect(resolveFile('org/net', 'nothing.pth', options())).rejects.toThrow(HubNotFoundError);
    hub.files.set('other.pth', Buffer.from('x'));
    const attempt = resolveModel('org/net', options());
    await expect(attempt).rejects.toThrow(ModelFolderError);
    await expect(attempt).rejects.toThrow(/other\.pth/);
  });

  it('is named: an answer that is no description of a model', async () => {
    hub.refusals = 100;
    await expect(resolveModel('org/net', options())).rejects.toThrow(HubAnswerError);
  });

  it.each(['', '../etc', 'a/b/c', '/nowhere', 'a/..', 'a\\b', 'org/net?x', 'C:/x'])(
    'refuses the name %j',
    async (name) => {
      await expect(resolveModel(name, options())).rejects.toThrow(ModelNameError);
    },
  );

  it('refuses files and revisions that leave the cache', async () => {
    await expect(resolveFile('org/net', '../../x', options())).rejects.toThrow(ModelNameError);
    await expect(resolveModel('org/net', { ...options(), revision: '../../x' })).rejects.toThrow(
      ModelNameError,
    );
  });

  it.each(['../../../secret.bin', '/etc/passwd', 'a/../../b', '..\\b', 'C:b'])(
    'refuses the shard %s',
    async (shard) => {
      hub.files.set('config.json', Buffer.from('{}'));
      hub.files.set(
        'model.safetensors.index.json',
        Buffer.from(JSON.stringify({ weight_map: { w: shard } })),
      );
      await expect(resolveModel('org/net', options())).rejects.toThrow(ModelFolderError);
      expect(hub.requests.some((line) => line.includes('secret') || line.includes('passwd'))).toBe(false);
    },
  );
});

describe('models on disk', () => {
  it('may lie in a cache that somebody laid out by hand, under a commit of any name', async () => {
    const repo = join(folder, 'hub', 'models--org--net');
    mkdirSync(join(repo, 'refs'), { recursive: true });
    mkdirSync(join(repo, 'snapshots', 'abc123'), { recursive: true });
    writeSafetensors(join(repo, 'snapshots', 'abc123', 'model.safetensors'), weights());
    writeFileSync(join(repo, 'refs', 'main'), 'abc123\n');
    expect(await resolveModel('org/net', { ...options(), offline: true })).toMatchObject({
      commit: 'abc123',
    });
    writeFileSync(join(repo, 'refs', 'main'), '../../elsewhere');
    await expect(resolveModel('org/net', { ...options(), offline: true })).rejects.toThrow(HubOfflineError);
  });

  it('come before the cache and the hub', async () => {
    const local = join(folder, 'models', 'org', 'net');
    mkdirSync(local, { recursive: true });
    writeSafetensors(join(local, 'model.safetensors'), weights());
    expect(await resolveModel(local)).toEqual({ folder: local, source: 'folder', commit: null });
    const found = await resolveModel('org/net', { ...options(), folders: [join(folder, 'models')] });
    expect(found).toEqual({ folder: local, source: 'folder', commit: null });
    expect(hub.requests).toEqual([]);
  });

  it('are told apart from folders without weights, with garbled lists or garbled weights', () => {
    expect(() => readModelFolder(folder)).toThrow(ModelFolderError);
    writeFileSync(join(folder, 'model.safetensors.index.json'), '{"weight_map":{"w":"missing.safetensors"}}');
    expect(() => readModelFolder(folder)).toThrow(/missing\.safetensors/);
    writeFileSync(join(folder, 'model.safetensors.index.json'), '[]');
    expect(() => readModelFolder(folder)).toThrow(ModelFolderError);
    writeSafetensors(join(folder, 'model.safetensors'), weights());
    const content = readFileSync(join(folder, 'model.safetensors'));
    content.writeUInt8(0xff, 20);
    writeFileSync(join(folder, 'model.safetensors'), content);
    expect(() => readModelFolder(folder)).toThrow(CorruptFileError);
  });

  it('lack a tensor that their list places in a shard', () => {
    writeSafetensors(join(folder, 'a.safetensors'), weights());
    writeFileSync(join(folder, 'model.safetensors.index.json'), '{"weight_map":{"v":"a.safetensors"}}');
    expect(() => readModelFolder(folder)).toThrow(/lacks the tensor v/);
  });
});
