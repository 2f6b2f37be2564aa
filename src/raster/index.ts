export { type AccessOptions, isRemotePath } from './access.ts';
export * from './color.ts';
export * from './crs.ts';
export * from './errors.ts';
export { gdalInformation, setBlockCacheSize } from './gdal.ts';
export * from './geotransform.ts';
export { groundSamplingDistance } from './ground-distance.ts';
export { type GridPart, mosaicFromGrid, rowMajorPlace } from './mosaic/grid-parts.ts';
export { type Mosaic, type MosaicSource, mosaicVrt, writeMosaic } from './mosaic/vrt.ts';
export { flairZone, groupIntoZones, type Patch, type Zone } from './mosaic/zones.ts';
export { type OpenOptions, openRaster, readRasterInfo } from './open-raster.ts';
export type { OverviewKind } from './overviews/pyramid.ts';
export { type Padding, reflectIndex } from './padding.ts';
export * from './pixel-block.ts';
export { type QuicklookOptions, quicklook } from './quicklook.ts';
export { Raster, type ReadRequest, type Resampling } from './raster.ts';
export type { BandInfo, RasterInfo } from './raster-info.ts';
export { classSidecar, writeClassSidecar } from './sidecars/class-sidecar.ts';
export { qgisStyle, writeQgisStyle } from './sidecars/qgis-style.ts';
export { type Compression, UnsupportedCompressionError } from './tiff/codec.ts';
export * from './units.ts';
export { type Area, type AreaOptions, AreasOfInterest, openAreas } from './vectors/area-of-interest.ts';
export {
  type PolygonFeature,
  type PolygonLayer,
  type PolygonRings,
  type Ring,
  rectangleRings,
  writePolygons,
} from './vectors/write-polygons.ts';
export * from './window.ts';
export { createGeoTiff } from './writers/geotiff.ts';
export type { GeoTiffOptions } from './writers/geotiff-options.ts';
export { writePreview } from './writers/preview.ts';
export type { RasterWriter } from './writers/raster-writer.ts';
