import { classPng } from '../png.ts';
import { TILE } from '../tile-scheme.ts';

const empty = classPng(TILE, TILE, new Uint8Array(TILE * TILE).fill(255), []);

/** A tile as response; an empty one where there is nothing, which map clients prefer to an error. */
export function pngResponse(
  png: Uint8Array | null,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(Uint8Array.from(png ?? empty), {
    headers: { 'content-type': 'image/png', 'cache-control': 'private, max-age=300', ...headers },
  });
}
