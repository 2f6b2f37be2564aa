/**
 * A count of raster cells. A plain number may stand for it; a {@link Metres} may not.
 */
export type Pixels = number & { readonly unit?: 'pixels' };

/** A distance on the ground. A plain number may stand for it; a {@link Pixels} may not. */
export type Metres = number & { readonly unit?: 'metres' };

/** Ground distance covered by so many cells of the given ground sampling distance. */
export function pixelsToMetres(count: Pixels, groundSamplingDistance: Metres): Metres {
  return count * groundSamplingDistance;
}

/** How many cells of the given ground sampling distance cover a ground distance, not rounded. */
export function metresToPixels(distance: Metres, groundSamplingDistance: Metres): Pixels {
  return distance / groundSamplingDistance;
}
