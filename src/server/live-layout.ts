/** Side of the square that the network sees while somebody looks on: small, so that the first labels come soon. */
const LIVE_TILE = 512;

/** Border of each square that is seen but not kept. */
const LIVE_MARGIN = 64;

/** Windows while somebody looks on. */
export interface LiveWindows {
  readonly tile: number;
  readonly margin: number;
}

/**
 * The windows of a network while somebody looks on.
 * @param divisor what sides must be a multiple of
 * @param side the only side that the network takes, where there is but one
 */
export function liveWindows(divisor: number, side: number | null): LiveWindows {
  const tile = side ?? Math.ceil(LIVE_TILE / divisor) * divisor;
  return { tile, margin: Math.min(LIVE_MARGIN, Math.floor(tile / 8)) };
}
