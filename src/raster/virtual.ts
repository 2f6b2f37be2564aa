import { gdal } from './gdal.ts';
import type { Grid } from './geotransform.ts';
import { groundSamplingDistance } from './ground-distance.ts';
import type { Metres } from './units.ts';

let sequence = 0;

/**
 * A view of a dataset made by `gdal_translate`'s options, as the text of a VRT, which GDAL opens like a file. Nothing is
 * read or written.
 */
async function virtualView(dataset: gdal.Dataset, options: readonly string[]): Promise<string> {
  const name = `/vsimem/arpent-view-${sequence++}.vrt`;
  const view = await gdal.translateAsync(name, dataset, ['-of', 'VRT', ...options]);
  view.close();
  return gdal.vsimem.release(name).toString();
}

/** The colours of a palette image as bands: red, green, blue, and opacity where some colour is not opaque. */
export function expandPalette(dataset: gdal.Dataset): Promise<string> {
  const table = dataset.bands.get(1).colorTable;
  const opaque = !table || Array.from(table).every(({ c4 }) => c4 === 255);
  return virtualView(dataset, ['-expand', opaque ? 'rgb' : 'rgba']);
}

/** Cell sizes closer than this to the one asked for are left alone. */
const tolerance = 0.005;

/**
 * The same extent in cells of another size, or null when they have it already. Cells are averaged where there become fewer
 * and interpolated where there become more, or taken as they are (`nearest`, for classes).
 */
export async function resampledView(
  dataset: gdal.Dataset,
  grid: Grid,
  resolution: Metres,
  nearest: boolean,
): Promise<string | null> {
  const present = groundSamplingDistance(grid);
  if (present === null || Math.abs(resolution / present - 1) < tolerance) return null;
  const factor = resolution / present;
  const size = [grid.width, grid.height].map((cells) => String(Math.max(1, Math.round(cells / factor))));
  const method = nearest ? 'nearest' : factor > 1 ? 'average' : 'bilinear';
  return virtualView(dataset, ['-outsize', ...size, '-r', method]);
}
