import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  CorruptRasterError,
  NotARasterError,
  openRaster,
  RasterNotFoundError,
} from '../../src/raster/index.ts';
import { makeWithGdal, randomBlock, temporaryFolder } from './fixtures.ts';

const folder = temporaryFolder();
const block = randomBlock(21, 'uint8', 3, 1500, 1500);

// The server runs in a process of its own: some of GDAL's calls block this one until they are answered.
const program = `
  const { createServer } = require('node:http');
  const { createReadStream, statSync } = require('node:fs');
  const server = createServer((request, response) => {
    const path = ${JSON.stringify(folder)} + decodeURIComponent(request.url);
    let size;
    try { size = statSync(path).size; } catch { response.writeHead(404).end(); return; }
    const range = /bytes=(\\d+)-(\\d*)/.exec(request.headers.range ?? '');
    const start = range ? Number(range[1]) : 0;
    const end = Math.min(size - 1, range && range[2] !== '' ? Number(range[2]) : size - 1);
    const headers = { 'Content-Length': end - start + 1, 'Accept-Ranges': 'bytes' };
    if (range) headers['Content-Range'] = 'bytes ' + start + '-' + end + '/' + size;
    response.writeHead(range ? 206 : 200, headers);
    if (request.method === 'HEAD') return response.end();
    createReadStream(path, { start, end }).pipe(response);
    process.stderr.write((end - start + 1) + '\\n');
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;
let server: ChildProcess;
let address = '';
let sent = 0;

beforeAll(async () => {
  server = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'pipe'] });
  server.stderr!.on('data', (text) => {
    for (const line of String(text).trim().split('\n')) sent += Number(line);
  });
  const [port] = await once(server.stdout!, 'data');
  address = `http://127.0.0.1:${String(port).trim()}`;
});
afterAll(() => {
  server.kill();
});

test('a remote COG is read by the ranges that a window needs', async () => {
  makeWithGdal(join(folder, 'remote image.tif'), block, { driver: 'COG', dataType: 'uint8' });
  await using raster = await openRaster(`${address}/remote%20image.tif`, { allowRemote: true, handles: 2 });
  expect([raster.width, raster.height, raster.bandCount]).toEqual([1500, 1500, 3]);
  const { data } = await raster.read({ x: 700, y: 700, width: 2, height: 1, bands: [3] });
  const at = 2 * 1500 * 1500 + 700 * 1500 + 700;
  expect([...data]).toEqual([block.data[at], block.data[at + 1]]);
  expect(sent).toBeGreaterThan(0);
  expect(sent).toBeLessThan(3 * 1500 * 1500 * 0.5);
});

test('a remote file that is missing or no raster is told', async () => {
  const missing = await openRaster(`${address}/gone.tif`, { allowRemote: true }).catch(
    (error: unknown) => error,
  );
  expect(missing instanceof RasterNotFoundError || missing instanceof NotARasterError).toBe(true);
  expect((missing as Error).message).toContain('gone.tif');
});

test('a server that stops in the middle is told with the window', async () => {
  makeWithGdal(join(folder, 'lost.tif'), block, { driver: 'COG', dataType: 'uint8' });
  const raster = await openRaster(`${address}/lost.tif`, { allowRemote: true });
  server.kill();
  await once(server, 'exit');
  await expect(raster.read({ x: 900, y: 900, width: 500, height: 500 })).rejects.toThrow(CorruptRasterError);
  await raster.close();
});
