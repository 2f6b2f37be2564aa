import { writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { writeWhole } from '../disk.ts';
import type { Grid } from '../geotransform.ts';
import type { RasterDataType } from '../pixel-block.ts';
import type { RasterWindow, Size } from '../window.ts';
import { escapeXml } from '../xml.ts';

/** A raster that shows in a mosaic. */
export interface MosaicSource {
  readonly path: string;
  /** Where it shows, in cells of the mosaic; it has the size of the raster. */
  readonly window: RasterWindow;
  readonly blockSize: Size;
  /** Whether it is a palette image whose colours are to show. */
  readonly palette: boolean;
}

/** Rasters side by side on one grid, seen as one. Later sources cover earlier ones; between them there is nothing. */
export interface Mosaic extends Grid {
  readonly bandCount: number;
  readonly dataType: RasterDataType;
  readonly noData: number | null;
  readonly sources: readonly MosaicSource[];
}

const gdalTypes: Readonly<Record<RasterDataType, string>> = {
  uint8: 'Byte',
  int8: 'Int8',
  uint16: 'UInt16',
  int16: 'Int16',
  uint32: 'UInt32',
  int32: 'Int32',
  float32: 'Float32',
  float64: 'Float64',
};

function rectangle(name: string, { x, y, width, height }: RasterWindow): string {
  return `<${name} xOff="${x}" yOff="${y}" xSize="${width}" ySize="${height}" />`;
}

/** One source of one band; `mask` for its validity. */
function sourceElement(
  source: MosaicSource,
  band: number | 'mask',
  type: string,
  folder: string | null,
): string[] {
  const { path, window, blockSize, palette } = source;
  const file = folder === null ? resolve(path) : relative(folder, path);
  const colored = palette && band !== 'mask';
  const element = colored ? 'ComplexSource' : 'SimpleSource';
  const { width, height } = window;
  return [
    `    <${element}>`,
    `      <SourceFilename relativeToVRT="${folder === null ? 0 : 1}">${escapeXml(file)}</SourceFilename>`,
    `      <SourceBand>${band === 'mask' ? 'mask,1' : palette ? 1 : band}</SourceBand>`,
    `      <SourceProperties RasterXSize="${width}" RasterYSize="${height}" DataType="${type}" BlockXSize="${blockSize.width}" BlockYSize="${blockSize.height}" />`,
    `      ${rectangle('SrcRect', { x: 0, y: 0, width, height })}`,
    `      ${rectangle('DstRect', window)}`,
    ...(colored ? [`      <ColorTableComponent>${band}</ColorTableComponent>`] : []),
    `    </${element}>`,
  ];
}

/**
 * The text of a GDAL virtual raster that shows a mosaic. A mask tells the holes between its sources, and their own cells
 * without data, from real cells.
 *
 * @param folder where the file will lie, so that it names its sources relative to it; null for absolute names.
 */
export function mosaicVrt(mosaic: Mosaic, folder: string | null = null): string {
  const { width, height, crs, geoTransform, bandCount, dataType, noData, sources } = mosaic;
  const type = gdalTypes[dataType];
  const lines = [`<VRTDataset rasterXSize="${width}" rasterYSize="${height}">`];
  if (crs !== null) lines.push(`  <SRS dataAxisToSRSAxisMapping="1,2">${escapeXml(crs)}</SRS>`);
  if (geoTransform !== null) lines.push(`  <GeoTransform>${geoTransform.join(', ')}</GeoTransform>`);
  for (let band = 1; band <= bandCount; band++) {
    lines.push(`  <VRTRasterBand dataType="${type}" band="${band}">`);
    if (noData !== null) lines.push(`    <NoDataValue>${noData}</NoDataValue>`);
    for (const source of sources) lines.push(...sourceElement(source, band, type, folder));
    lines.push('  </VRTRasterBand>');
  }
  lines.push('  <MaskBand>', '  <VRTRasterBand dataType="Byte">');
  for (const source of sources) lines.push(...sourceElement(source, 'mask', 'Byte', folder));
  return [...lines, '  </VRTRasterBand>', '  </MaskBand>', '</VRTDataset>', ''].join('\n');
}

/** Write a mosaic as a `.vrt` file, its sources named relative to it. @throws OutputExistsError, DiskFullError */
export async function writeMosaic(path: string, mosaic: Mosaic, { overwrite = false } = {}): Promise<void> {
  const text = mosaicVrt(mosaic, dirname(resolve(path)));
  await writeWhole(path, overwrite, (partial) => writeFile(partial, text));
}
