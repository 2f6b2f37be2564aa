import { InvalidArgumentError } from '../../core/index.ts';
import { MosaicMismatchError } from '../errors.ts';
import { commonDataType, type RasterDataType } from '../pixel-block.ts';
import type { RasterInfo } from '../raster-info.ts';
import type { Mosaic, MosaicSource } from './vrt.ts';

/** A part of a scene cut in rows and columns. */
export interface GridPart {
  readonly path: string;
  readonly info: RasterInfo;
  /** 0-based place. */
  readonly row: number;
  readonly column: number;
}

/** Place of the `part`-th (1-based) part of a scene cut row by row in so many columns. */
export function rowMajorPlace(part: number, columns: number): { row: number; column: number } {
  return { row: Math.floor((part - 1) / columns), column: (part - 1) % columns };
}

/** Where each row or column starts, and the end of the last: each as long as its longest part. */
function starts(count: number, lengths: (index: number) => number[], missing: number): number[] {
  const edges = [0];
  for (let index = 0; index < count; index++)
    edges.push(edges[index]! + (Math.max(0, ...lengths(index)) || missing));
  return edges;
}

/** Bands of a part as the mosaic shows it: the colours of a palette image are three. */
function shownBands({ info }: GridPart, expand: boolean): { palette: boolean; bandCount: number } {
  const palette = expand && info.colorTable !== null;
  return { palette, bandCount: palette ? 3 : info.bandCount };
}

/**
 * A scene put together from parts without georeference. Parts of a row or column may differ by a few cells (the rest is a
 * hole), and parts may be missing (a hole of the size of the others).
 *
 * @param options.palette `rgb` shows palette images by their colours, so that they mix with others.
 * @throws MosaicMismatchError, InvalidArgumentError
 */
export function mosaicFromGrid(
  parts: readonly GridPart[],
  { palette = 'index' }: { readonly palette?: 'index' | 'rgb' } = {},
): Mosaic {
  const first = parts[0];
  if (first === undefined) {
    throw new InvalidArgumentError('a mosaic needs at least one part', { remedy: 'check the list of parts' });
  }
  const rows = Math.max(...parts.map(({ row }) => row)) + 1;
  const columns = Math.max(...parts.map(({ column }) => column)) + 1;
  const common = (lengths: number[]) => Math.max(...lengths);
  const tops = starts(
    rows,
    (index) => parts.filter(({ row }) => row === index).map(({ info }) => info.height),
    common(parts.map(({ info }) => info.height)),
  );
  const lefts = starts(
    columns,
    (index) => parts.filter(({ column }) => column === index).map(({ info }) => info.width),
    common(parts.map(({ info }) => info.width)),
  );
  const shown = shownBands(first, palette === 'rgb');
  const sources = parts.map((part): MosaicSource => {
    const { path, info, row, column } = part;
    const { bandCount, palette: expanded } = shownBands(part, palette === 'rgb');
    if (bandCount !== shown.bandCount) {
      throw new MosaicMismatchError(
        path,
        `this part has ${bandCount} bands, the first part ${shown.bandCount}`,
      );
    }
    const window = { x: lefts[column]!, y: tops[row]!, width: info.width, height: info.height };
    return { path, window, blockSize: info.blockSize, palette: expanded };
  });
  const dataType: RasterDataType = commonDataType(
    parts.flatMap(({ info }) => info.bandInfo.map((band) => band.dataType)),
  );
  return {
    width: lefts[columns]!,
    height: tops[rows]!,
    crs: null,
    geoTransform: null,
    bandCount: shown.bandCount,
    dataType,
    noData: null,
    sources,
  };
}
