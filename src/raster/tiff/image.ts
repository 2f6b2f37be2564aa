import type { ColorTable } from '../color.ts';
import { bytesPerCell } from '../pixel-block.ts';
import type { Size } from '../window.ts';
import { escapeXml } from '../xml.ts';
import { compressionTag, type TileFormat } from './codec.ts';
import { type Field, positionField, shortField, textField } from './directory.ts';

/** Everything but size that the images of a file (the full one and its overviews) share. */
export interface ImageFormat extends TileFormat {
  readonly bands: number;
  /** `pixel`: a tile holds all bands; `band`: one. */
  readonly interleave: 'pixel' | 'band';
  readonly photometric: 'gray' | 'rgb' | 'palette';
  /** Whether the last band is opacity. */
  readonly alpha: boolean;
  readonly colorTable: ColorTable | null;
  readonly noData: number | null;
}

const photometricCodes = { gray: 1, rgb: 2, palette: 3 } as const;

/** Tiles across, down, and stored one plane after the other. */
export interface TileLayout {
  readonly across: number;
  readonly down: number;
  readonly planes: number;
  readonly count: number;
}

/** How an image of this size is cut in tiles. */
export function tileLayout({ width, height }: Size, format: ImageFormat): TileLayout {
  const across = Math.ceil(width / format.tileWidth);
  const down = Math.ceil(height / format.tileHeight);
  const planes = format.interleave === 'pixel' ? 1 : format.bands;
  return { across, down, planes, count: across * down * planes };
}

function sampleFormat({ dataType }: ImageFormat): number {
  if (dataType.startsWith('float')) return 3;
  return dataType.startsWith('u') ? 1 : 2;
}

/** TIFF's colour map: all reds, all greens, all blues, 16 bits each. */
function colorMapField(table: ColorTable, bits: number): Field {
  const size = 2 ** bits;
  const values = new Array<number>(3 * size).fill(0);
  for (const [value, color] of table.slice(0, size).entries()) {
    for (let channel = 0; channel < 3; channel++) values[channel * size + value] = color[channel]! * 257;
  }
  return shortField(320, ...values);
}

/** Numbers as GDAL reads them back from a text field. */
function formatNoData(value: number): string {
  return Number.isNaN(value) ? 'nan' : String(value);
}

/** The fields that describe an image, except where its tiles lie. */
export function imageFields(size: Size, format: ImageFormat, reduced: boolean): Field[] {
  const { bands, dataType, photometric, noData } = format;
  const bits = bytesPerCell(dataType) * 8;
  const each = (value: number) => Array.from({ length: bands }, () => value);
  const fields = [
    positionField(254, [reduced ? 1 : 0], false),
    positionField(256, [size.width], false),
    positionField(257, [size.height], false),
    shortField(258, ...each(bits)),
    shortField(259, compressionTag(format.compression)),
    shortField(262, photometricCodes[photometric]),
    shortField(277, bands),
    shortField(284, format.interleave === 'pixel' ? 1 : 2),
    shortField(322, format.tileWidth),
    shortField(323, format.tileHeight),
    shortField(339, ...each(sampleFormat(format))),
  ];
  if (format.differences) fields.push(shortField(317, 2));
  if (photometric === 'palette') fields.push(colorMapField(format.colorTable ?? [], bits));
  const extra = bands - (photometric === 'rgb' ? 3 : 1);
  if (extra > 0) {
    // 2: opacity that colours were not multiplied by; 0: anything else.
    fields.push(shortField(338, ...Array.from({ length: extra - 1 }, () => 0), format.alpha ? 2 : 0));
  }
  if (noData !== null) fields.push(textField(42113, formatNoData(noData)));
  return fields;
}

/** GDAL's own field: metadata items and band names as XML; nothing when there are none. */
export function metadataField(
  tags: Readonly<Record<string, string>>,
  bandNames: readonly string[],
): Field | undefined {
  const items = Object.entries(tags).map(
    ([name, value]) => `  <Item name="${escapeXml(name)}">${escapeXml(value)}</Item>\n`,
  );
  for (const [band, name] of bandNames.entries()) {
    if (name !== '') {
      items.push(
        `  <Item name="DESCRIPTION" sample="${band}" role="description">${escapeXml(name)}</Item>\n`,
      );
    }
  }
  if (items.length === 0) return undefined;
  return textField(42112, `<GDALMetadata>\n${items.join('')}</GDALMetadata>\n`);
}
