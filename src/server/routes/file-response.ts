import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';

/** A file with ranges, as readers of cloud-optimised files ask for. */
export async function fileResponse(path: string, range: string | null): Promise<Response> {
  const { size } = await stat(path);
  const asked = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
  const start = asked === null ? 0 : Number(asked[1]);
  const end = asked?.[2] ? Math.min(Number(asked[2]), size - 1) : size - 1;
  if (start > end)
    return new Response(null, { status: 416, headers: { 'content-range': `bytes */${size}` } });
  const body = Readable.toWeb(createReadStream(path, { start, end })) as ReadableStream;
  return new Response(body, {
    status: asked === null ? 200 : 206,
    headers: {
      ...{ 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' },
      'content-length': String(end - start + 1),
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(basename(path))}`,
      ...(asked === null ? {} : { 'content-range': `bytes ${start}-${end}/${size}` }),
    },
  });
}
