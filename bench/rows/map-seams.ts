import type { Bench } from '../row.ts';
import { SEAM_TILE, type SeamWay, seamMaps, seamStep, seamWays } from '../seam-maps.ts';

/** Pixels from a border between tiles that count as near it. */
const NEAR = 8;

/** Share of pixels that differ from the prediction of the whole image, near borders between tiles and elsewhere. */
function disagreement(map: Uint8Array, whole: Uint8Array, side: number, way: SeamWay) {
  const step = seamStep(way);
  const counts = { near: 0, nearWrong: 0, far: 0, farWrong: 0 };
  // Windows hand over in the middle of what they share.
  const toBorder = (at: number) => {
    const phase = (((at - way.overlap / 2) % step) + step) % step;
    return Math.min(phase, step - phase);
  };
  for (let i = 0; i < map.length; i++) {
    const [x, y] = [i % side, Math.floor(i / side)];
    if (Math.min(x, y, side - 1 - x, side - 1 - y) < 128) continue;
    const near = Math.min(toBorder(x), toBorder(y)) < NEAR;
    const wrong = map[i] === whole[i] ? 0 : 1;
    counts[near ? 'near' : 'far']++;
    counts[near ? 'nearWrong' : 'farWrong'] += wrong;
  }
  return { near: counts.nearWrong / counts.near, far: counts.farWrong / counts.far };
}

/** How much worse a map is near borders between tiles than inside them, by disagreement with a prediction of the whole. */
export const mapSeamRows: Bench = async ({ quick }) => {
  const side = quick ? 1024 : 2048;
  const { whole, maps } = await seamMaps(side);
  return seamWays.map((way, i) => {
    const { near, far } = disagreement(maps[i]!, whole, side, way);
    const index = near === far ? 1 : near / far;
    const asked = way.name === 'hann';
    return {
      name: `seam index, ${way.name} (tile ${SEAM_TILE}, margin ${way.margin}, overlap ${way.overlap})`,
      measured: index.toFixed(3),
      target: asked ? '≤ 1.02' : 'shown beside',
      met: !asked || index <= 1.02,
      detail: `disagreement ${(100 * near).toFixed(3)} % near borders, ${(100 * far).toFixed(3)} % elsewhere; ${side}², weights trained on made-up land`,
    };
  });
};
