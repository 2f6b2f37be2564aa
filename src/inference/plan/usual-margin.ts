/** Border of squares whose side is chosen for the raster, in pixels. */
const USUAL_MARGIN = 192;

/**
 * The border of a square that is seen but not written, in pixels, when nobody says it. Convolutional networks of usual depth answer
 * there as a window of any size does: with U-Net/ResNet34 no pixel that lies 160 or farther from its window's border differs
 * (docs/mapping.md). Small squares that somebody asks for keep their half.
 *
 * @param tile side of the square where it is settled
 */
export function usualMargin(tile: number | null = null): number {
  return tile === null ? USUAL_MARGIN : Math.min(USUAL_MARGIN, Math.floor(tile / 4));
}
