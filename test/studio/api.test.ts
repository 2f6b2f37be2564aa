import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openRaster } from '../../src/raster/index.ts';
import { type RunningStudio, startStudio } from '../../src/server/index.ts';
import { routes } from '../../src/server/routes/index.ts';
import { arpent } from '../cli/call.ts';
import { expectDocumented } from './documented.ts';
import { examples, serveApart, temporaryFolder, writeModel, writeOrtho } from './support.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const folder = temporaryFolder();
const ortho = join(folder, 'ortho.tif');
const model = join(folder, 'models/net.ckpt');
const options = {
  state: join(folder, 'state'),
  images: [examples],
  models: [join(folder, 'models')],
  data: [examples],
  runs: [join(folder, 'models')],
  uploads: { bytes: 20e6 },
};
let running: RunningStudio;
let base = '';
const defects: string[] = [];

beforeAll(async () => {
  writeModel(model, 1);
  writeModel(join(folder, 'models/other.ckpt'), 2);
  await writeOrtho(ortho, 900);
  running = await startStudio({ ...options, port: 0, onDefect: (text) => defects.push(text) });
  base = `http://127.0.0.1:${running.port}`;
});
afterAll(() => running.close());

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
type Answer = any;

async function get(path: string): Promise<Answer> {
  const response = await fetch(`${base}${path}`);
  expect(response.status, path).toBeLessThan(300);
  const answer: unknown = await response.json();
  expectDocumented('GET', path, answer);
  return answer;
}

async function post(path: string, body?: unknown): Promise<{ status: number; answer: Answer }> {
  const response = await fetch(`${base}${path}`, {
    method: 'POST',
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  if (response.ok) expectDocumented('POST', path, answer);
  return { status: response.status, answer };
}

async function upload(bytes: Uint8Array, name: string): Promise<{ status: number; answer: Answer }> {
  const response = await fetch(`${base}/api/uploads?name=${name}`, {
    method: 'POST',
    body: Uint8Array.from(bytes),
  });
  return { status: response.status, answer: await response.json() };
}

test('the OpenAPI document holds every route, and every route answers under its path', async () => {
  const { paths } = await get('/api/openapi.json');
  const told = Object.entries(paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(told.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
  expect(new Set(routes.map(({ id }) => id)).size).toBe(routes.length);
  for (const { method, path } of routes) {
    const response = await fetch(`${base}${path.replace(/\{(z|x|y)\}/g, '0').replace(/\{\w+\}/g, 'none')}`, {
      method,
    });
    const text = await response.text();
    expect(text, `${method} ${path}`).not.toContain('no such address');
    expect(response.status, `${method} ${path}: ${text}`).not.toBe(500);
  }
  expect((await fetch(`${base}/api/nonsense`)).status).toBe(404);
});

test('the OpenAPI document describes every parameter, body and answer', async () => {
  const document = await get('/api/openapi.json');
  expect(document.openapi).toBe('3.1.0');
  for (const [path, methods] of Object.entries(document.paths as Record<string, Answer>)) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
    for (const [method, operation] of Object.entries(methods as Record<string, Answer>)) {
      const place = `${method} ${path}`;
      const told = operation.parameters.filter((each: Answer) => each.in === 'path');
      expect(told.map(({ name }: Answer) => name).sort(), place).toEqual(inPath);
      expect(operation.summary, place).toMatch(/^[A-Z]/);
      const [status, success] = Object.entries(operation.responses as Record<string, Answer>).find(([code]) =>
        code.startsWith('2'),
      )!;
      const [content] = Object.values((success.content ?? {}) as Record<string, Answer>);
      if (status === '204') expect(content, place).toBeUndefined();
      else expect(Object.keys(content.schema).length, place).toBeGreaterThan(0);
      for (const refusal of ['401', '403', '429', '503'])
        expect(Object.keys(operation.responses), place).toContain(refusal);
    }
  }
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
  for (const [, name] of references) expect(Object.keys(document.components.schemas)).toContain(name);
});

test('every answer forbids scripts and frames from elsewhere', async () => {
  for (const path of ['/', '/api/status', '/api/nonsense']) {
    const { headers } = await fetch(`${base}${path}`);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe-inline');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  }
});

test('an upload is shown, predicted, inspected and counted; areas are those of the command line', async () => {
  const { status, answer: raster } = await upload(readFileSync(ortho), 'ortho.tif');
  expect(status).toBe(201);
  expect(raster).toMatchObject({ width: 900, height: 900, crs: 'EPSG:2154', georeferenced: true, levels: 3 });
  expect(JSON.stringify(raster)).not.toContain(folder);
  const [net] = await get('/api/models');
  expect(net).toMatchObject({ name: 'net.ckpt', channels: [1, 2, 3] });
  const image = await fetch(`${base}/api/rasters/${raster.id}/tiles/2/1/1`);
  expect(image.headers.get('content-type')).toBe('image/png');
  const tile = await fetch(`${base}/api/rasters/${raster.id}/predictions/${net.id}/tiles/2/1/1`);
  expect(tile.status).toBe(200);
  expect(tile.headers.get('x-arpent-reduced')).toBe('false');

  const [left, bottom, right, top] = raster.extent as [number, number, number, number];
  const at = (x: number, y: number) => [left + x * (right - left), bottom + y * (top - bottom)];
  const ring = [at(0.11, 0.12), at(0.83, 0.2), at(0.71, 0.9), at(0.3, 0.66), at(0.11, 0.12)];
  const counted = await post(`/api/rasters/${raster.id}/predictions/${net.id}/statistics`, {
    polygon: [ring],
  });
  expect(counted.answer.covered).toBe(1);
  const aoi = join(folder, 'polygon.csv');
  writeFileSync(aoi, `WKT,name\n"POLYGON ((${ring.map((place) => place.join(' ')).join(', ')}))",drawn\n`);
  const statistics = join(folder, 'statistics.json');
  const flags = [
    '--tile',
    '512',
    '--margin',
    '64',
    '--blend',
    'crop',
    '--aoi',
    aoi,
    '--statistics',
    statistics,
    '--quiet',
  ];
  const { code, stderr } = await arpent(
    'map',
    ortho,
    '--model',
    model,
    '-o',
    join(folder, 'map.tif'),
    ...flags,
  );
  expect(stderr + code).toBe('0');
  const [expected] = JSON.parse(readFileSync(statistics, 'utf8'));
  expect(counted.answer.statistics.classes).toEqual(expected.classes);

  const [x, y] = at(0.5, 0.5);
  const seen = await get(`/api/rasters/${raster.id}/inspect?x=${x}&y=${y}&models=${net.id}`);
  expect(seen.column).toBe(450);
  const sum = seen.models[0].probabilities.reduce((total: number, each: number) => total + each, 0);
  expect(sum).toBeCloseTo(1, 4);
  await using map = await openRaster(join(folder, 'map.tif'));
  expect((await map.read({ x: seen.column, y: seen.row, width: 1, height: 1 })).data[0]).toBe(
    seen.models[0].best,
  );

  const blended = (await get('/api/models')).map(({ id }: { id: string }) => id).join(',');
  expect((await fetch(`${base}/api/rasters/${raster.id}/predictions/${blended}/tiles/0/0/0`)).status).toBe(
    200,
  );
});

test('bad requests get clear answers, and nothing of this machine is told', async () => {
  const cases = [
    [{ folder: 'dubai', file: '../../package.json' }, 403],
    [{ folder: 'dubai', file: '/etc/passwd' }, 403],
    [{ folder: 'nowhere', file: 'a.tif' }, 404],
    [{ folder: 'dubai', file: 'README.md' }, 415],
    [{ address: 'https://example.org/a.tif' }, 403],
    [{ address: 'http://169.254.169.254/latest' }, 403],
    [{ image: '../x' }, 400],
  ] as const;
  for (const [body, expected] of cases) {
    const { status, answer } = await post('/api/rasters', body);
    expect(status, JSON.stringify(body)).toBe(expected);
    expect(answer).toMatchObject({ status: expected, title: expect.any(String), detail: expect.any(String) });
    expect(JSON.stringify(answer)).not.toContain(examples);
  }
  expect((await upload(Buffer.from('<VRTDataset></VRTDataset>      '), 'a.tif')).status).toBe(415);
  expect((await upload(Buffer.alloc(21e6), 'a.tif')).status).toBe(413);
  // The whole of a wrong file is read, so that its sender hears why it is refused.
  expect((await upload(Buffer.alloc(15e6, 7), 'a.tif')).status).toBe(415);
  // A few bytes that say they are 600 million pixels: only a decoder would notice.
  const vast = Buffer.from(readFileSync(join(examples, 'tile-1/mask-3.png')));
  vast.writeUInt32BE(30_000, 16);
  vast.writeUInt32BE(20_000, 20);
  vast.writeUInt32BE(crc32(vast.subarray(12, 29)), 29);
  expect((await upload(vast, 'vast.png')).status).toBe(413);
  const text = await fetch(`${base}/api/jobs`, { method: 'POST', body: '{}' });
  expect(text.status).toBe(400);
});

test('the process that decodes can die; its question fails, the next is answered', async () => {
  const [first] = await get('/api/images');
  const { answer: raster } = await post('/api/rasters', { image: first.id });
  const question = fetch(`${base}/api/rasters/${raster.id}/inspect?x=5&y=-5`);
  await new Promise((resolve) => setTimeout(resolve, 5));
  for (const pid of running.studio.predictors.processes) process.kill(pid, 'SIGKILL');
  expect([200, 502]).toContain((await question).status);
  expect(await get(`/api/rasters/${raster.id}/inspect?x=5&y=-5`)).toMatchObject({ column: 5, row: 5 });
});

test('damaged files of accepted kinds are refused without harm', async () => {
  const good = readFileSync(join(examples, 'tile-1/mask-3.png'));
  for (let i = 0; i < 25; i++) {
    const bytes = Uint8Array.from(good.subarray(0, 16 + ((i * 977) % (good.length - 16))));
    for (let k = 0; k < 8; k++)
      bytes[16 + ((i * 31 + k * 131) % Math.max(1, bytes.length - 16))] = (i * 7 + k) & 255;
    const { status } = await upload(bytes, `broken-${i}.png`);
    expect(status, String(i)).not.toBe(500);
  }
  expect((await get('/api/status')).version).toMatch(/^\d/);
});

test('lists of patches are leafed through with the values of their masks', async () => {
  const sets = await get('/api/data');
  const { id } = sets.find(({ name }: { name: string }) => name === 'test.csv');
  const page = await get(`/api/data/${id}?limit=2`);
  expect(page.total).toBeGreaterThan(2);
  expect(page.patches).toHaveLength(2);
  const [patch] = page.patches;
  const total = patch.values.reduce((sum: number, [, pixels]: [string, number]) => sum + pixels, 0);
  expect(total).toBe(patch.width * patch.height);
  expect(patch.values[0][0]).toMatch(/^#[0-9a-f]{6}$/);
});

test('any host but this machine’s own needs the token', async () => {
  const open = await startStudio({ ...options, state: join(folder, 'open'), host: '0.0.0.0', port: 0 });
  try {
    const at = `http://127.0.0.1:${open.port}`;
    expect(open.token).toMatch(/^[\w-]{32}$/);
    expect((await fetch(`${at}/api/status`)).status).toBe(401);
    expect((await fetch(`${at}/`)).status).toBe(401);
    expect((await fetch(`${at}/api/status?token=wrong`)).status).toBe(401);
    // A browser may still hold the cookie of an earlier server.
    const opened = await fetch(`${at}/?token=${open.token}`, { headers: { cookie: 'arpent-token=old' } });
    expect([200, 503]).toContain(opened.status);
    const cookie = opened.headers.get('set-cookie');
    expect(cookie).toBe(`arpent-token=${open.token}; HttpOnly; SameSite=Strict; Path=/`);
    expect((await fetch(`${at}/api/status`, { headers: { cookie: cookie! } })).status).toBe(200);
    expect(
      (await fetch(`${at}/api/status`, { headers: { authorization: `Bearer ${open.token}` } })).status,
    ).toBe(200);
  } finally {
    await open.close();
  }
});

test('a job is paused, resumed, survives kill -9 of the server, and its map is that of the command line', async () => {
  await writeOrtho(join(folder, 'large.tif'), 1400);
  const apart = { ...options, state: join(folder, 'jobs') };
  let studio = await serveApart({ ...apart, images: [folder] });
  base = studio.url;
  const images = await get('/api/images');
  const large = images.find(({ name }: { name: string }) => name === 'large.tif');
  const { answer: raster } = await post('/api/rasters', { image: large.id });
  const net = (await get('/api/models')).find(({ name }: { name: string }) => name === 'net.ckpt');
  const { status, answer: added } = await post('/api/jobs', { raster: raster.id, model: net.id });
  expect(status).toBe(201);
  const wait = async (until: (job: Answer) => boolean) => {
    for (let i = 0; i < 600; i++) {
      const job = await get(`/api/jobs/${added.id}`);
      if (until(job)) return job;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('the job does not get there');
  };
  await wait(({ progress }) => (progress?.tiles ?? 0) >= 2);
  expect((await post(`/api/jobs/${added.id}/pause`)).answer.state).toBe('paused');
  expect((await post(`/api/jobs/${added.id}/pause`)).status).toBe(409);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const { progress } = await get(`/api/jobs/${added.id}`);
  await post(`/api/jobs/${added.id}/resume`);
  await wait((job) => job.state === 'running' && job.progress.tiles > progress.tiles);
  await studio.kill('SIGKILL');

  studio = await serveApart({ ...apart, images: [folder] });
  base = studio.url;
  const done = await wait(({ state }) => state === 'done' || state === 'failed');
  expect(done).toMatchObject({ state: 'done', problem: null });
  expect(done.files).toContain('large-map.tif');
  const map = new Uint8Array(
    await (await fetch(`${base}/api/jobs/${added.id}/files/large-map.tif`)).arrayBuffer(),
  );
  const part = await fetch(`${base}/api/jobs/${added.id}/files/large-map.tif`, {
    headers: { range: 'bytes=2-9' },
  });
  expect(part.status).toBe(206);
  expect(new Uint8Array(await part.arrayBuffer())).toEqual(map.subarray(2, 10));
  const downloaded = join(folder, 'downloaded.tif');
  writeFileSync(downloaded, map);
  const output = join(folder, 'large-map-cli.tif');
  const flags = ['--tile', '512', '--margin', '64', '-o', output];
  expect((await arpent('map', join(folder, 'large.tif'), '--model', model, ...flags)).code).toBe(0);
  await using ours = await openRaster(downloaded);
  await using theirs = await openRaster(output);
  const [a, b] = [(await ours.read()).data, (await theirs.read()).data];
  let different = Math.abs(a.length - b.length);
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) different++;
  expect(different).toBe(0);
  expect((await fetch(`${base}/api/jobs/${added.id}/tiles/0/0/0`)).headers.get('content-type')).toBe(
    'image/png',
  );
  expect((await fetch(`${base}/api/jobs/${added.id}/xyz/14/8296/5636.png`)).status).toBe(200);
  expect(await (await fetch(`${base}/api/jobs/${added.id}/wmts`)).text()).toContain(
    'urn:ogc:def:crs:EPSG::2154',
  );
  // A finished map may be shown by maps on other pages; the list of jobs may not be read by them.
  const foreign = { headers: { origin: 'https://maps.example.org' } };
  const shared = await fetch(`${base}/api/jobs/${added.id}/xyz/14/8296/5636.png`, foreign);
  expect(shared.status).toBe(200);
  expect(shared.headers.get('access-control-allow-origin')).toBe('*');
  expect(shared.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  expect((await fetch(`${base}/api/jobs`, foreign)).status).toBe(403);
  await studio.kill('SIGTERM');

  // Identifiers outlive the server, access does not: without its folder the image is closed.
  studio = await serveApart({ ...apart, images: [] });
  const closed = await fetch(`${studio.url}/api/rasters/${raster.id}/tiles/0/0/0`);
  expect(closed.status).toBe(403);
  await studio.kill('SIGTERM');
});

test('nothing happened that nobody foresaw', () => {
  expect(defects).toEqual([]);
});
