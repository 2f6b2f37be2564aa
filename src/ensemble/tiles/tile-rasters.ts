import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createGeoTiff,
  openRaster,
  type Pixels,
  pixelBlock,
  windowGeoTransform,
} from '../../raster/index.ts';
import { joinTiles, tilePlaces } from './tile-places.ts';

/** How rasters are cut. */
export interface TileOptions {
  readonly tile: Pixels;
  /** Most distance between the starts of neighbours; the tiles cover the raster exactly. */
  readonly stride: Pixels;
  readonly overwrite?: boolean;
}

const tileName = (stem: string, row: number, column: number) => `${stem}_${row}_${column}.tif`;

/**
 * Cuts a raster into GeoTIFF tiles `<stem>_<row>_<column>.tif`.
 * @returns their paths, row by row.
 */
export async function cutTiles(
  path: string,
  folder: string,
  stem: string,
  { tile, stride, overwrite = false }: TileOptions,
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  await using raster = await openRaster(path);
  const paths: string[] = [];
  for (const { x, y, row, column } of tilePlaces(raster, tile, stride)) {
    const window = { x, y, width: tile, height: tile };
    const block = await raster.read(window);
    const { crs, geoTransform } = raster;
    const output = join(folder, tileName(stem, row, column));
    const writer = await createGeoTiff(output, {
      ...{ width: tile, height: tile, crs, bands: block.bands, dataType: raster.dataType, overwrite },
      geoTransform: geoTransform === null ? null : windowGeoTransform(geoTransform, window),
      noData: raster.noData,
    });
    await writer.write(block, 0, 0);
    await writer.close();
    paths.push(output);
  }
  return paths;
}

/**
 * Puts predicted masks of tiles back together on the grid of the raster they were cut from; where tiles overlap the one
 * whose centre is nearest counts.
 * @param tileOf the path of the mask of a tile, from the tile's own name (`<stem>_<row>_<column>.tif`).
 */
export async function joinTileMasks(
  original: string,
  output: string,
  stem: string,
  tileOf: (name: string) => string,
  { tile, stride, overwrite = false }: TileOptions,
): Promise<void> {
  await using raster = await openRaster(original);
  const masks: Uint8Array[] = [];
  for (const { row, column } of tilePlaces(raster, tile, stride)) {
    await using mask = await openRaster(tileOf(tileName(stem, row, column)), { bands: [1] });
    masks.push(Uint8Array.from((await mask.read()).data));
  }
  const { width, height, crs, geoTransform } = raster;
  const joined = joinTiles(masks, raster, tile, stride);
  const writer = await createGeoTiff(output, {
    width,
    height,
    crs,
    geoTransform,
    dataType: 'uint8',
    overwrite,
  });
  await writer.write(pixelBlock(joined, 1, height, width), 0, 0);
  await writer.close();
}
