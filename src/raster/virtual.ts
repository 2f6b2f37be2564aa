import { gdal } from './gdal.ts';

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
