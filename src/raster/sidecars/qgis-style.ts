import { writeFile } from 'node:fs/promises';
import type { RasterClass } from '../color.ts';
import { writeWhole } from '../disk.ts';
import { escapeXml } from '../xml.ts';

/** A QGIS style (`.qml`) that shows each class of a map in its colour under its name. */
export function qgisStyle(classes: readonly RasterClass[]): string {
  const entries = classes.map(
    ({ value, name, color }) =>
      `        <paletteEntry value="${value}" color="${escapeXml(color)}" label="${escapeXml(name)}" alpha="255"/>`,
  );
  return [
    "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>",
    '<qgis styleCategories="AllStyleCategories" version="3.22">',
    '  <pipe>',
    '    <rasterrenderer type="paletted" band="1" opacity="1" alphaBand="-1" nodataColor="">',
    '      <colorPalette>',
    ...entries,
    '      </colorPalette>',
    '    </rasterrenderer>',
    '  </pipe>',
    '</qgis>',
    '',
  ].join('\n');
}

/** Where QGIS looks for the style of a raster: `MAP.qml` beside `MAP.tif`. */
export const qgisStylePath = (map: string): string => map.replace(/\.[^./\\]*$/, '').concat('.qml');

/** Write the style beside a map, as `MAP.qml` for `MAP.tif`, where QGIS looks for it. */
export async function writeQgisStyle(
  map: string,
  classes: readonly RasterClass[],
  { overwrite = false }: { readonly overwrite?: boolean } = {},
): Promise<string> {
  const path = qgisStylePath(map);
  await writeWhole(path, overwrite, (partial) => writeFile(partial, qgisStyle(classes)));
  return path;
}
