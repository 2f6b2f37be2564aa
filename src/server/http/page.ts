import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { declareFolder, fileInside } from '../access/folders.ts';
import { NotThereError } from '../errors.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.map': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
};

/** Where `npm run build` puts the page: `dist/web`, seen from `dist/server` and from `src/server` alike. */
const BUILT = fileURLToPath(new URL('../../../dist/web', import.meta.url));

/** A file of the built page. @throws NotThereError, ForbiddenPathError */
export async function pageFile(folder: string = BUILT, path: string): Promise<Response> {
  const name = path === '/' ? 'index.html' : decodeURIComponent(path.slice(1));
  const about = await stat(folder).catch(() => null);
  if (about === null) {
    return new Response('The page is not built yet: npm run build\n', { status: 503 });
  }
  const type = TYPES[extname(name)];
  if (type === undefined) throw new NotThereError('page');
  const file = await fileInside(await declareFolder('web', folder), name);
  return new Response(await readFile(file), {
    headers: { 'content-type': type, 'cache-control': 'no-cache' },
  });
}
