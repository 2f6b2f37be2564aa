import { join } from 'node:path';
import { openRaster } from '../../src/raster/index.ts';
import { bigRaster, folder } from '../data.ts';
import { time } from '../pair.ts';
import { subject } from '../peers.ts';
import type { Bench, Row } from '../row.ts';
import { trainedWeights } from '../trained-weights.ts';

/** Pixels from a border between tiles that count as near it. */
const NEAR = 8;

interface Way {
  readonly name: string;
  readonly blend: string;
  readonly margin: number;
  readonly overlap: number;
}

/** The same step, and so the same work, for the two that overlap. */
const ways: readonly Way[] = [
  { name: 'no overlap', blend: 'crop', margin: 0, overlap: 0 },
  { name: 'crop', blend: 'crop', margin: 64, overlap: 0 },
  { name: 'hann', blend: 'hann', margin: 32, overlap: 64 },
];
const TILE = 512;

async function cells(path: string): Promise<Uint8Array> {
  await using raster = await openRaster(path);
  return (await raster.read()).data as Uint8Array;
}

/** Share of pixels that differ from the prediction of the whole image, near borders between tiles and elsewhere. */
function disagreement(map: Uint8Array, whole: Uint8Array, side: number, { margin, overlap }: Way) {
  const step = TILE - 2 * margin - overlap;
  const counts = { near: 0, nearWrong: 0, far: 0, farWrong: 0 };
  // Windows hand over in the middle of what they share.
  const toBorder = (at: number) => {
    const phase = (((at - overlap / 2) % step) + step) % step;
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
  const input = await bigRaster(side, side);
  const weights = await trainedWeights();
  const map = async (name: string, tile: number, way: Way): Promise<Uint8Array> => {
    const output = join(folder, `seam-${name.replace(' ', '-')}.tif`);
    const plan = [tile, way.margin, way.blend, way.overlap];
    await time(subject('map.ts', [weights, input, output, 'fp32', ...plan]));
    return cells(output);
  };
  const whole = await map('whole', side, ways[0]!);
  const rows: Row[] = [];
  for (const way of ways) {
    const { near, far } = disagreement(await map(way.name, TILE, way), whole, side, way);
    const index = near === far ? 1 : near / far;
    const asked = way.name === 'hann';
    rows.push({
      name: `seam index, ${way.name} (tile ${TILE}, margin ${way.margin}, overlap ${way.overlap})`,
      measured: index.toFixed(3),
      target: asked ? '≤ 1.02' : 'shown beside',
      met: !asked || index <= 1.02,
      detail: `disagreement ${(100 * near).toFixed(3)} % near borders, ${(100 * far).toFixed(3)} % elsewhere; ${side}², weights trained on made-up land`,
    });
  }
  return rows;
};
