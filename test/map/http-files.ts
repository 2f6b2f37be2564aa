import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

// The server runs in a process of its own: some of GDAL's calls block this one until they are answered.
const program = (folder: string) => `
  const { createServer } = require('node:http');
  const { createReadStream, statSync } = require('node:fs');
  createServer((request, response) => {
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
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
`;

/** Serves a folder by ranges, as object stores do. */
export async function serveFolder(folder: string): Promise<{ address: string; server: ChildProcess }> {
  const server = spawn(process.execPath, ['-e', program(folder)], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [port] = await once(server.stdout!, 'data');
  return { address: `http://127.0.0.1:${String(port).trim()}`, server };
}
