import type { Bounds } from '../geotransform.ts';

/** A closed line of coordinates; the first point is the last as well. */
export type Ring = readonly (readonly [x: number, y: number])[];

/** Outer ring first, then holes. */
export type PolygonRings = readonly Ring[];

/** A polygon and its attributes. */
export interface PolygonFeature {
  readonly rings: PolygonRings;
  readonly properties: Readonly<Record<string, string | number>>;
}

/** Features in order, all at once or one by one. */
export type PolygonSource = Iterable<PolygonFeature> | AsyncIterable<PolygonFeature>;

/** What kind of layer to write. */
export interface PolygonLayer {
  readonly name: string;
  /** CRS of the coordinates, null when they belong to none. */
  readonly crs: string | null;
  /** Attributes in their order. */
  readonly fields: Readonly<Record<string, 'integer' | 'real' | 'text'>>;
}

/** The rectangle of bounds as a polygon, anticlockwise from its lower right corner. */
export function rectangleRings({ left, bottom, right, top }: Bounds): PolygonRings {
  return [
    [
      [right, bottom],
      [right, top],
      [left, top],
      [left, bottom],
      [right, bottom],
    ],
  ];
}
