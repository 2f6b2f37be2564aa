import { open } from 'node:fs/promises';
import { coordinateTransform, sameCrs } from '../crs.ts';
import { OutsideProjectionError } from '../errors.ts';
import type { PolygonFeature, PolygonLayer, PolygonSource } from './polygon-layer.ts';

/** Text is gathered up to this many characters before it goes to the disk. */
const gatherLength = 2 ** 20;

/** Digits after the point of a degree: a tenth of a millimetre on the ground. */
const degreeDigits = 9;

type Place = (x: number, y: number) => readonly [number, number];

/** GeoJSON's coordinates are longitude and latitude on WGS 84 (RFC 7946 §4). */
function toDegrees(path: string, crs: string | null): Place {
  if (crs === null || sameCrs(crs, 'EPSG:4326')) return (x, y) => [x, y];
  const transform = coordinateTransform(crs, 'EPSG:4326');
  return (x, y) => {
    const [longitude, latitude] = transform(x, y);
    if (!Number.isFinite(longitude + latitude)) throw new OutsideProjectionError(path, [x, y], crs);
    return [Number(longitude.toFixed(degreeDigits)), Number(latitude.toFixed(degreeDigits))];
  };
}

function featureText({ rings, properties }: PolygonFeature, place: Place): string {
  const coordinates = rings.map((ring) => ring.map(([x, y]) => place(x, y)));
  return JSON.stringify({ type: 'Feature', properties, geometry: { type: 'Polygon', coordinates } });
}

/**
 * Write polygons as a GeoJSON feature collection, a feature a line.
 * @throws OutsideProjectionError
 */
export async function writeGeoJson(
  path: string,
  { name, crs }: PolygonLayer,
  features: PolygonSource,
): Promise<void> {
  const place = toDegrees(path, crs);
  const file = await open(path, 'wx');
  try {
    let text = `{"type":"FeatureCollection","name":${JSON.stringify(name)},"features":[`;
    let separator = '\n';
    for await (const feature of features) {
      text += separator + featureText(feature, place);
      separator = ',\n';
      if (text.length > gatherLength) {
        await file.writeFile(text);
        text = '';
      }
    }
    await file.writeFile(`${text}\n]}\n`);
  } finally {
    await file.close();
  }
}
