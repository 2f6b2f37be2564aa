import { expect, it } from 'vitest';
import type { ByteSource } from '../../src/weights/byte-source.ts';
import { ZipArchive } from '../../src/weights/zip/archive.ts';
import { ZipWriter } from '../../src/weights/zip/writer.ts';

const HOLE = 5e9;

/** Entries written as if 5 GB stood before them, and read back from a file that has nothing there. */
function archiveAfterHole(entries: Readonly<Record<string, Buffer>>): ByteSource {
  const parts: Buffer[] = [];
  let position = HOLE;
  const zip = new ZipWriter({
    get position() {
      return position;
    },
    write(bytes) {
      parts.push(Buffer.from(bytes));
      position += bytes.byteLength;
    },
  });
  for (const [name, content] of Object.entries(entries)) zip.add(name, content, 64);
  zip.finish();
  const tail = Buffer.concat(parts);
  return {
    name: 'large.pth',
    size: HOLE + tail.length,
    read(offset, length) {
      const bytes = new Uint8Array(length);
      const start = offset - HOLE;
      bytes.set(tail.subarray(Math.max(start, 0), start + length), Math.max(-start, 0));
      return bytes;
    },
  };
}

it('entries beyond 4 GB are written and found by their zip64 positions', () => {
  const archive = new ZipArchive(archiveAfterHole({ a: Buffer.from('first'), 'b/c': Buffer.from('second') }));
  expect(Buffer.from(archive.read('b/c')).toString()).toBe('second');
  expect(Buffer.from(archive.readRange('a', 1, 3)).toString()).toBe('irs');
  expect(archive.entries.get('a')!.headerOffset).toBe(HOLE);
});
