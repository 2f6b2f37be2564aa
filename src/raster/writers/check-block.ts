import { BlockMismatchError } from '../errors.ts';
import { dataTypeOf, type PixelBlock } from '../pixel-block.ts';
import type { ImageFormat } from '../tiff/image.ts';

/**
 * Checks cells before they are written.
 *
 * @param band 1-based: the one band that they are meant for.
 * @throws BlockMismatchError
 */
export function checkBlock(
  path: string,
  { dataType, interleave, bands }: ImageFormat,
  block: PixelBlock,
  band: number | undefined,
): void {
  const given = dataTypeOf(block.data);
  const fail = (problem: string) => new BlockMismatchError(path, problem);
  if (given !== dataType) throw fail(`cells of ${given} were written to a raster of ${dataType}`);
  if (block.data.length !== block.bands * block.width * block.height) throw fail('the block is not filled');
  if (band === undefined) {
    if (block.bands !== bands) throw fail(`${block.bands} bands were written to a raster of ${bands}`);
    return;
  }
  if (block.bands !== 1 || band < 1 || band > bands) throw fail(`band ${band} cannot be written alone`);
  if (interleave === 'pixel' && bands > 1) {
    throw fail("bands can be written one by one only with interleave: 'band'");
  }
}

/** What a write to a raster that is closed or given up meets. */
export const writtenTooLate = (path: string): BlockMismatchError =>
  new BlockMismatchError(path, 'the raster is finished or given up; nothing more can be written');
