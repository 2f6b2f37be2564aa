// `node --import tsx bench/border-profile.ts [TILE]`: how far from a window's border the network's answer is that of a window that
// sees all of the scene.
import { normalizer } from '../src/data/index.ts';
import { loadWeights, type Predictor, TorchPredictor } from '../src/inference/index.ts';
import { openRaster } from '../src/raster/index.ts';
import { readSafetensors } from '../src/weights/index.ts';
import { bigRaster } from './data.ts';
import { BANDS, benchNetwork, CLASSES, NORMALIZATION } from './subjects/network.ts';
import { trainedWeights } from './trained-weights.ts';

const SIDE = 2048;
/** Pixels of a ring around a window. */
const RING = 16;
const tile = Number(process.argv[2] ?? 1088);

const weights = await trainedWeights();
const network = benchNetwork();
loadWeights(network, readSafetensors(weights).stateDict, weights);
const predictor: Predictor = new TorchPredictor(network, { normalizer: normalizer(NORMALIZATION, BANDS) });
await using raster = await openRaster(await bigRaster(SIDE, SIDE));

/** Scores `[K, side, side]` of a window. */
async function scores(x: number, y: number, side: number): Promise<Float32Array> {
  const { data } = await raster.read({ x, y, width: side, height: side });
  const window = { pixels: data, dataType: raster.dataType, width: side, height: side };
  return (await predictor.predict([window], 'logits'))[0]!;
}

const whole = await scores(0, 0, SIDE);
const empty = { pixels: 0, wrong: 0, sum: 0, most: 0 };
const rings = Array.from({ length: Math.ceil(tile / 2 / RING) }, () => ({ ...empty }));

/** Compares the pixel `i` of a window with the pixel `j` of the whole. */
function compare(part: Float32Array, i: number, j: number) {
  let [largest, bestHere, bestThere] = [0, 0, 0];
  const [here, there] = [tile * tile, SIDE * SIDE];
  for (let k = 0; k < CLASSES; k++) {
    largest = Math.max(largest, Math.abs(part[k * here + i]! - whole[k * there + j]!));
    if (part[k * here + i]! > part[bestHere * here + i]!) bestHere = k;
    if (whole[k * there + j]! > whole[bestThere * there + j]!) bestThere = k;
  }
  return { largest, same: bestHere === bestThere };
}

// Inside the scene, so that every border of the window is one that the whole does not have; in step with the network's stride.
const places = [256, Math.floor((SIDE - tile - 256) / 32) * 32];
for (const y of places) {
  for (const x of places) {
    const part = await scores(x, y, tile);
    for (let i = 0; i < tile * tile; i++) {
      const [column, row] = [i % tile, Math.floor(i / tile)];
      const distance = Math.min(column, row, tile - 1 - column, tile - 1 - row);
      const ring = rings[Math.floor(distance / RING)]!;
      const { largest, same } = compare(part, i, (y + row) * SIDE + x + column);
      ring.pixels++;
      ring.sum += largest;
      ring.most = Math.max(ring.most, largest);
      if (!same) ring.wrong++;
    }
  }
}
for (const [i, { pixels, wrong, sum, most }] of rings.entries()) {
  const share = `${((100 * wrong) / pixels).toFixed(4)} % (${wrong} of ${pixels})`;
  const scoresOff = `${(sum / pixels).toExponential(1)} on average, ${most.toExponential(1)} at most`;
  console.log(`${i * RING}–${(i + 1) * RING - 1} pixels: classes differ at ${share}, scores by ${scoresOff}`);
}
