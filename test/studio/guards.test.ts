import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { AllowedAddresses, plainAddress } from '../../src/server/access/allowed-addresses.ts';
import { declareFolder, fileInside, filesInside } from '../../src/server/access/folders.ts';
import { checkOrigin, checkToken, RateLimit } from '../../src/server/access/guard.ts';
import { isPrivateAddress } from '../../src/server/access/private-address.ts';
import { RemoteProxy } from '../../src/server/access/remote-proxy.ts';
import { Uploads } from '../../src/server/access/uploads.ts';
import { tileScheme, tileView } from '../../src/server/tile-scheme.ts';
import { temporaryFolder } from './support.ts';

const folder = temporaryFolder();
const declared = join(folder, 'declared');
mkdirSync(join(declared, 'sub'), { recursive: true });
mkdirSync(join(folder, 'declared-not'));
writeFileSync(join(folder, 'secret.tif'), 'secret');
writeFileSync(join(folder, 'declared-not/secret.tif'), 'secret');
writeFileSync(join(declared, 'sub/a.tif'), 'a');
symlinkSync(join(folder, 'secret.tif'), join(declared, 'link.tif'));
symlinkSync(folder, join(declared, 'up'));
symlinkSync(join(declared, 'sub'), join(declared, 'inner'));
const images = await declareFolder('images', declared);

describe('declared folders', () => {
  test.each([
    '../secret.tif',
    'sub/../../secret.tif',
    '..\\secret.tif',
    '/etc/passwd',
    'link.tif',
    'up/secret.tif',
    '../declared-not/secret.tif',
    '/vsicurl/http://example.org/a.tif',
    'vsizip/sub/a.tif',
    'sub/vsimem/a',
    'GTIFF_DIR:1:sub/a.tif',
    'http://example.org/a.tif',
    '<VRTDataset/>',
    'sub/a.tif\0.png',
    '',
  ])('%j is refused', async (name) => {
    await expect(fileInside(images, name)).rejects.toMatchObject({ name: 'ForbiddenPathError' });
  });

  test('files inside are found, also by links that stay inside', async () => {
    expect(await fileInside(images, 'sub/a.tif')).toBe(join(images.path, 'sub/a.tif'));
    expect(await fileInside(images, 'inner/a.tif')).toBe(join(images.path, 'sub/a.tif'));
    await expect(fileInside(images, 'sub/b.tif')).rejects.toMatchObject({ name: 'NotThereError' });
    const found = await filesInside(images, { wanted: (name) => name.endsWith('.tif') });
    expect(found.map(({ name }) => name)).toEqual(['sub/a.tif']);
  });
});

test.each([
  ['127.0.0.1', true],
  ['10.1.2.3', true],
  ['172.31.0.1', true],
  ['192.168.1.1', true],
  ['169.254.169.254', true],
  ['100.64.0.1', true],
  ['0.0.0.0', true],
  ['::1', true],
  ['::ffff:10.0.0.1', true],
  ['::ffff:a00:1', true],
  ['fd00::1', true],
  ['fe80::1', true],
  ['localhost', true],
  ['172.32.0.1', false],
  ['8.8.8.8', false],
  ['2606:4700::1111', false],
])('%s is private: %s', (address, expected) => {
  expect(isPrivateAddress(address)).toBe(expected);
});

describe('allowed addresses', () => {
  const allowed = new AllowedAddresses(['https://data.example.org/orthos']);

  test.each(['https://data.example.org/orthos/a.tif', 'https://data.example.org/orthos'])('%s', (address) => {
    expect(() => allowed.check(plainAddress(address))).not.toThrow();
  });

  test.each([
    'https://data.example.org/orthos-secret/a.tif',
    'https://data.example.org/orthos/../private/a.tif',
    'http://data.example.org/orthos/a.tif',
    'https://data.example.org:444/orthos/a.tif',
    'https://data.example.org.evil.org/orthos/a.tif',
    'https://user:password@data.example.org/orthos/a.tif',
    'file:///etc/passwd',
    'ftp://data.example.org/orthos/a.tif',
    'nonsense',
  ])('%s is refused', (address) => {
    expect(() => allowed.check(plainAddress(address))).toThrow(
      expect.objectContaining({ name: 'ForbiddenAddressError' }),
    );
  });
});

describe('remote files', () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });
  const remote = async (answer: (path: string) => { status?: number; location?: string; body?: Buffer }) => {
    const server = createServer((request, response) => {
      const { status = 200, location, body = Buffer.alloc(0) } = answer(request.url ?? '');
      response.writeHead(status, location === undefined ? {} : { location }).end(body);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

  test('an image comes through; a redirect to a private address, and a file that could name others, do not', async () => {
    let hidden = 0;
    const inner = await remote(() => {
      hidden++;
      return { body: png };
    });
    const outer = await remote((path) => {
      if (path === '/image.png') return { body: png };
      if (path === '/vrt.tif') return { body: Buffer.from('<VRTDataset rasterXSize="1" rasterYSize="1">') };
      return { status: 302, location: path === '/loop' ? '/loop' : `${inner}/secret.png` };
    });
    const proxy = new RemoteProxy(new AllowedAddresses([outer, inner]));
    const status = async (path: string) =>
      (await fetch(await proxy.localAddress(path.slice(1).replace('.', ''), new URL(`${outer}${path}`))))
        .status;
    expect(await status('/image.png')).toBe(200);
    expect(await status('/redirect.png')).toBe(403);
    expect(await status('/loop')).toBe(403);
    expect(await status('/vrt.tif')).toBe(403);
    expect(hidden).toBe(0);
    await expect(proxy.localAddress('x', new URL('https://example.org/a.tif'))).rejects.toThrow(
      'not an allowed',
    );
    await proxy.close();
  });
});

describe('uploads', () => {
  const tiff = Buffer.concat([Buffer.from('49492a0008000000', 'hex'), Buffer.alloc(1000)]);
  const limits = { bytes: 2000, disk: 5000, files: 3, atOnce: 1, time: 500 };
  const stream = (body: Uint8Array) =>
    new Blob([Uint8Array.from(body)]).stream() as ReadableStream<Uint8Array>;

  test('kinds, lengths, numbers and time are limited', async () => {
    const uploads = new Uploads(join(folder, 'uploads'), limits);
    expect(await uploads.take(stream(tiff), tiff.length)).toMatch(/[0-9a-f]{24}\.tif$/);
    await expect(uploads.take(stream(Buffer.from('<VRTDataset></VRTDataset>')), 25)).rejects.toThrow(
      'GeoTIFF',
    );
    await expect(uploads.take(stream(Buffer.from('II')), 2)).rejects.toThrow('GeoTIFF');
    await expect(uploads.take(stream(tiff), 3000)).rejects.toThrow('at most');
    // More bytes than were announced.
    await expect(uploads.take(stream(tiff), 500)).rejects.toThrow('at most');
    const slow = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Uint8Array.from(tiff)),
    });
    const late = uploads.take(slow, 1500);
    await expect(uploads.take(stream(tiff), tiff.length)).rejects.toMatchObject({
      name: 'TooManyRequestsError',
    });
    await expect(late).rejects.toThrow('too long');
    await uploads.take(stream(tiff), tiff.length);
    await uploads.take(stream(tiff), tiff.length);
    await expect(uploads.take(stream(tiff), tiff.length)).rejects.toMatchObject({ name: 'StorageFullError' });
  });
});

describe('who may ask', () => {
  const request = (headers: Record<string, string>, method = 'GET') =>
    new Request('http://127.0.0.1:8080/api/jobs?x=1', { method, headers });

  test('a token is compared whole', () => {
    expect(() => checkToken(request({}), null)).not.toThrow();
    expect(() => checkToken(request({ authorization: 'Bearer right' }), 'right')).not.toThrow();
    expect(() => checkToken(request({ cookie: 'a=b; arpent-token=right' }), 'right')).not.toThrow();
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Bearer righ' }]) {
      expect(() => checkToken(request(headers as Record<string, string>), 'right')).toThrow('token');
    }
  });

  test('pages of other sites and names that were made to point here are refused', () => {
    const local = { host: '127.0.0.1:8080' };
    expect(() => checkOrigin(request(local), false)).not.toThrow();
    expect(() =>
      checkOrigin(request({ ...local, origin: 'http://127.0.0.1:8080' }, 'POST'), false),
    ).not.toThrow();
    expect(() => checkOrigin(request({ host: 'rebound.example.org' }), false)).toThrow('own page');
    expect(() => checkOrigin(request({ ...local, origin: 'https://evil.org' }, 'POST'), false)).toThrow(
      'own page',
    );
    expect(() => checkOrigin(request({ ...local, 'sec-fetch-site': 'cross-site' }, 'POST'), false)).toThrow(
      'own page',
    );
  });

  test('bursts are let through, a steady flood is not, and others are not held up by it', () => {
    const rate = new RateLimit(10, 5);
    for (let i = 0; i < 5; i++) rate.take('a', 0);
    expect(() => rate.take('a', 0)).toThrow('faster');
    rate.take('b', 0);
    rate.take('a', 200);
  });
});

test('the tiles of a pyramid cover a raster once', () => {
  const scheme = tileScheme({ width: 1000, height: 700 });
  expect(scheme.levels).toBe(3);
  for (let z = 0; z < scheme.levels; z++) {
    let cells = 0;
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) {
        const view = tileView(scheme, z, x, y);
        if (view !== null) cells += view.window.width * view.window.height;
      }
    }
    expect(cells).toBe(700_000);
  }
  expect(tileView(scheme, 3, 0, 0)).toBeNull();
});
