import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { InvalidArgumentError } from '../../core/index.ts';
import { writeWhole } from '../disk.ts';
import { gdal } from '../gdal.ts';
import type { PixelBlock } from '../pixel-block.ts';

interface Format {
  readonly driver: string;
  readonly options: readonly string[];
}

const formats: Readonly<Record<string, Format>> = {
  '.png': { driver: 'PNG', options: ['ZLEVEL=6'] },
  '.jpg': { driver: 'JPEG', options: ['QUALITY=90'] },
  '.jpeg': { driver: 'JPEG', options: ['QUALITY=90'] },
};

let sequence = 0;

/** The file's bytes, made in memory. */
async function encode({ data, width, height, bands }: PixelBlock, format: Format): Promise<Buffer> {
  const name = `/vsimem/arpent-preview-${sequence++}`;
  const memory = gdal.open('', 'w', 'MEM', width, height, bands, gdal.GDT_Byte);
  try {
    for (let band = 0; band < bands; band++) {
      const cells = data.subarray(band * width * height, (band + 1) * width * height) as Uint8Array;
      await memory.bands.get(band + 1).pixels.writeAsync(0, 0, width, height, cells);
    }
    const copy = await gdal.drivers.get(format.driver).createCopyAsync(name, memory, [...format.options]);
    copy.close();
  } finally {
    memory.close();
  }
  return gdal.vsimem.release(name);
}

/**
 * Write a picture for people to look at: `[1 | 3 | 4, H, W]` uint8 as PNG or JPEG, by the file's extension.
 *
 * @throws OutputExistsError, DiskFullError, InvalidArgumentError
 */
export async function writePreview(
  path: string,
  picture: PixelBlock,
  { overwrite = false }: { readonly overwrite?: boolean } = {},
): Promise<void> {
  const format = formats[extname(path).toLowerCase()];
  if (format === undefined || !(picture.data instanceof Uint8Array) || ![1, 3, 4].includes(picture.bands)) {
    throw new InvalidArgumentError('a preview is 1, 3 or 4 bands of uint8 in a .png or .jpg file', {
      file: path,
      remedy: 'convert the cells to uint8 colours and name the file .png or .jpg',
    });
  }
  const bytes = await encode(picture, format);
  await writeWhole(path, overwrite, (partial) => writeFile(partial, bytes));
}
