import { crc32 } from 'node:zlib';

/** zlib counts in 32 bits, so longer buffers go in pieces. */
const PIECE = 1 << 30;

/** CRC-32 of bytes of any length, continuing from `start`. */
export function checksum(bytes: Uint8Array, start = 0): number {
  let sum = start;
  for (let done = 0; done < bytes.byteLength; done += PIECE)
    sum = crc32(bytes.subarray(done, done + PIECE), sum);
  return sum;
}
