import { writeFile } from 'node:fs/promises';
import { parseHexColor } from '../../core/index.ts';
import { classNamesOf, type RasterClass } from '../color.ts';
import { escapeXml } from '../xml.ts';

/** Columns of the attribute table: name, GDAL's type (0 whole, 1 real, 2 text) and use (gdal.h: GFU_*). */
const columns = [
  { name: 'Value', type: 0, usage: 5 },
  { name: 'Class', type: 2, usage: 2 },
  { name: 'Red', type: 0, usage: 6 },
  { name: 'Green', type: 0, usage: 7 },
  { name: 'Blue', type: 0, usage: 8 },
];

function attributeTable(classes: readonly RasterClass[]): string {
  const lines = ['    <GDALRasterAttributeTable tableType="thematic">'];
  for (const [index, { name, type, usage }] of columns.entries()) {
    lines.push(
      `      <FieldDefn index="${index}">`,
      `        <Name>${name}</Name>`,
      `        <Type>${type}</Type>`,
      `        <Usage>${usage}</Usage>`,
      '      </FieldDefn>',
    );
  }
  for (const [row, { value, name, color }] of classes.entries()) {
    const cells = [value, escapeXml(name), ...parseHexColor(color)];
    lines.push(
      `      <Row index="${row}">`,
      ...cells.map((cell) => `        <F>${cell}</F>`),
      '      </Row>',
    );
  }
  return [...lines, '    </GDALRasterAttributeTable>'].join('\n');
}

/** GDAL's sidecar of a class map: names of the values and an attribute table with their colours. */
export function classSidecar(classes: readonly RasterClass[]): string {
  const names = classNamesOf(classes).map((name) => `      <Category>${escapeXml(name)}</Category>`);
  return [
    '<PAMDataset>',
    '  <PAMRasterBand band="1">',
    '    <CategoryNames>',
    ...names,
    '    </CategoryNames>',
    attributeTable(classes),
    '  </PAMRasterBand>',
    '</PAMDataset>',
    '',
  ].join('\n');
}

/** Write `RASTER.aux.xml`, where GDAL and QGIS look for class names. */
export async function writeClassSidecar(raster: string, classes: readonly RasterClass[]): Promise<void> {
  await writeFile(`${raster}.aux.xml`, classSidecar(classes));
}
