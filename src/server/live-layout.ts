/** Side of the square that the network sees while somebody looks on: small, so that the first labels come soon. */
export const LIVE_TILE = 512;

/** Border of each square that is seen but not kept. */
export const LIVE_MARGIN = 64;
