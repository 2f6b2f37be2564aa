// What the convolutions of our own bring: seconds of the processor that the bench's network takes for a window, with Winograd's convolutions
// and with oneDNN's packed ones, in turns in one process; and how many pixels keep float32's class.
// OMP_NUM_THREADS=1 node --import tsx bench/convolutions.ts [bf16|fp32] [SIDE …]
import { normalizer } from '../src/data/index.ts';
import { winogradConvolution } from '../src/engine/ops/winograd-convolution.ts';
import { loadWeights, type Precision, TorchPredictor } from '../src/inference/index.ts';
import { openRaster } from '../src/raster/index.ts';
import { readSafetensors } from '../src/weights/index.ts';
import { bigRaster } from './data.ts';
import { median } from './pair.ts';
import { BANDS, benchNetwork, NORMALIZATION } from './subjects/network.ts';
import { trainedWeights } from './trained-weights.ts';

const ROUNDS = 9;
const [precision = 'bf16', ...sides] = process.argv.slice(2);
const weights = await trainedWeights();
const { takes } = winogradConvolution;

function predictor(winograd: boolean, arithmetic: Precision): TorchPredictor {
  winogradConvolution.takes = winograd ? takes : () => false;
  const network = benchNetwork();
  loadWeights(network, readSafetensors(weights).stateDict, weights);
  return new TorchPredictor(network, {
    ...{ normalizer: normalizer(NORMALIZATION, BANDS), precision: arithmetic, device: 'cpu' },
  });
}

const exact = predictor(false, 'fp32');
const both = [predictor(false, precision as Precision), predictor(true, precision as Precision)];
const largest = Math.max(512, ...sides.map(Number));
await using raster = await openRaster(await bigRaster(largest, largest));
for (const side of sides.length > 0 ? sides.map(Number) : [512, 1024]) {
  const { data } = await raster.read({ x: 0, y: 0, width: side, height: side });
  const tile = { pixels: data, dataType: raster.dataType, width: side, height: side };
  const reference = (await exact.predict([tile], 'classes'))[0]!;
  const seconds: number[][] = [[], []];
  const same = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, each] of both.entries()) {
      const before = process.cpuUsage();
      const answer = (await each.predict([tile], 'classes'))[0]!;
      const { user, system } = process.cpuUsage(before);
      // The first round chooses kernels.
      if (round > 0) seconds[i]!.push((user + system) / 1e6);
      same[i] = reference.filter((value, at) => value === answer[at]).length / reference.length;
    }
  }
  const [packed, winograd] = seconds.map((each) => median(each)) as [number, number];
  console.log(
    `${side}² ${precision}: ${(winograd / packed).toFixed(2)}× (${packed.toFixed(3)} → ${winograd.toFixed(3)} s), ` +
      `fp32's class ${same.map((share) => `${(100 * share).toFixed(3)} %`).join(' → ')}`,
  );
}
