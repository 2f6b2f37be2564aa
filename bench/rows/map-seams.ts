import type { Bench } from '../row.ts';
import { handovers, type SeamWay, seamMaps, smallWays, usualWay } from '../seam-maps.ts';

/** Least distance from where windows hand over that counts as near; where they fade, all of the fade does. */
const NEAR = 8;

/** Pixels along the raster's border that count nowhere: there a window that sees all of it has no surroundings either. */
const RIM = 128;

interface Disagreement {
  pixels: number;
  wrong: number;
}

const share = ({ pixels, wrong }: Disagreement) => wrong / pixels;

const inWords = (part: Disagreement) =>
  `${(100 * share(part)).toFixed(4)} % (${part.wrong} of ${part.pixels} pixels)`;

/** Pixels that differ from the prediction of the whole image, where windows hand over to each other and elsewhere. */
function disagreement(map: Uint8Array, whole: Uint8Array, side: number, way: SeamWay) {
  const reach = Math.max(NEAR, way.overlap / 2);
  const near = new Uint8Array(side);
  for (const middle of handovers(side, way)) near.fill(1, Math.max(0, middle - reach), middle + reach);
  const counts: readonly [Disagreement, Disagreement] = [
    { pixels: 0, wrong: 0 },
    { pixels: 0, wrong: 0 },
  ];
  for (let y = RIM; y < side - RIM; y++) {
    for (let x = RIM; x < side - RIM; x++) {
      const count = counts[near[x]! | near[y]!]!;
      count.pixels++;
      if (map[y * side + x] !== whole[y * side + x]) count.wrong++;
    }
  }
  return { near: counts[1], far: counts[0] };
}

/** How much worse a map is where windows meet than inside them, by disagreement with a prediction of the whole. */
export const mapSeamRows: Bench = async ({ quick }) => {
  const side = quick ? 1536 : 2048;
  const ways = [...smallWays, usualWay()];
  const { whole, maps } = await seamMaps(side, ways);
  return ways.map((way, i) => {
    const { near, far } = disagreement(maps[i]!, whole, side, way);
    const index = share(near) === share(far) ? 1 : share(near) / share(far);
    const asked = i === ways.length - 1;
    return {
      name: `seam index, ${way.name} (tile ${way.tile}, margin ${way.margin}, overlap ${way.overlap})`,
      measured: index.toFixed(3),
      target: asked ? '≤ 1.02' : 'shown beside',
      met: !asked || index <= 1.02,
      detail: `differ near: ${inWords(near)}, elsewhere: ${inWords(far)}; ${side}², weights trained on made-up land`,
    };
  });
};
