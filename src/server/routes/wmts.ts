import { TILE } from '../tile-scheme.ts';
import type { RasterSummary } from '../workers/messages.ts';

/** Metres of a pixel as OGC counts scales (WMTS 1.0, 6.1). */
const STANDARD_PIXEL = 0.00028;
/** Metres of a degree along the equator, as OGC counts them. */
const DEGREE = 111319.49079327358;

const escaped = (text: string) =>
  text.replace(/[<>&"]/g, (c) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' })[c]!);

/** The tile matrices of a raster's pyramid. */
function matrices({ levels, cell, extent, width, height, geographic }: RasterSummary): string {
  const [left, , , top] = extent;
  const metres = geographic ? DEGREE : 1;
  return Array.from({ length: levels }, (_, z) => {
    const factor = 2 ** (levels - 1 - z);
    const tiles = (cells: number) => Math.ceil(cells / (TILE * factor));
    return `<TileMatrix><ows:Identifier>${z}</ows:Identifier>
<ScaleDenominator>${(cell * factor * metres) / STANDARD_PIXEL}</ScaleDenominator>
<TopLeftCorner>${geographic ? `${top} ${left}` : `${left} ${top}`}</TopLeftCorner>
<TileWidth>${TILE}</TileWidth><TileHeight>${TILE}</TileHeight>
<MatrixWidth>${tiles(width)}</MatrixWidth><MatrixHeight>${tiles(height)}</MatrixHeight></TileMatrix>`;
  }).join('\n');
}

/** Capabilities of one layer on the raster's own grid (OGC WMTS 1.0, REST). */
export function wmtsCapabilities(
  name: string,
  raster: RasterSummary,
  base: string,
  token: string | null,
): string {
  const query = token === null ? '' : `?token=${encodeURIComponent(token)}`;
  const [left, bottom, right, top] = raster.extent;
  const crs = raster.crs?.startsWith('EPSG:')
    ? `urn:ogc:def:crs:EPSG::${raster.crs.slice(5)}`
    : (raster.crs ?? 'cells');
  return `<?xml version="1.0" encoding="UTF-8"?>
<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.0.0">
<ows:ServiceIdentification><ows:Title>Arpent</ows:Title><ows:ServiceType>OGC WMTS</ows:ServiceType><ows:ServiceTypeVersion>1.0.0</ows:ServiceTypeVersion></ows:ServiceIdentification>
<Contents>
<Layer><ows:Title>${escaped(name)}</ows:Title><ows:Identifier>map</ows:Identifier>
<ows:BoundingBox crs="${escaped(crs)}"><ows:LowerCorner>${left} ${bottom}</ows:LowerCorner><ows:UpperCorner>${right} ${top}</ows:UpperCorner></ows:BoundingBox>
<Style isDefault="true"><ows:Identifier>default</ows:Identifier></Style><Format>image/png</Format>
<TileMatrixSetLink><TileMatrixSet>own</TileMatrixSet></TileMatrixSetLink>
<ResourceURL format="image/png" resourceType="tile" template="${escaped(`${base}/tiles/{TileMatrix}/{TileCol}/{TileRow}${query}`)}"/>
</Layer>
<TileMatrixSet><ows:Identifier>own</ows:Identifier><ows:SupportedCRS>${escaped(crs)}</ows:SupportedCRS>
${matrices(raster)}
</TileMatrixSet>
</Contents>
</Capabilities>
`;
}
