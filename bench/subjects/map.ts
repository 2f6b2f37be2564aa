// Seconds to map a raster, with the default plan unless one is given:
// map.ts WEIGHTS INPUT OUTPUT PRECISION [TILE MARGIN BLEND OVERLAP SHIFTS].
import { normalizer } from '../../src/data/index.ts';
import {
  type BlendWindow,
  chooseTile,
  largestTile,
  loadWeights,
  mapRaster,
  TorchPredictor,
  usualMargin,
} from '../../src/inference/index.ts';
import { openRaster } from '../../src/raster/index.ts';
import { readSafetensors } from '../../src/weights/index.ts';
import { BANDS, benchNetwork, NORMALIZATION } from './network.ts';

const [weights = '', input = '', output = '', precision = 'fp32', ...plan] = process.argv.slice(2);
const [asked, margin = usualMargin(asked === undefined ? null : Number(asked)), blend, overlap, shifts = 1] =
  plan;
const network = benchNetwork();
loadWeights(network, readSafetensors(weights).stateDict, weights);
const predictor = new TorchPredictor(network, {
  normalizer: normalizer(NORMALIZATION, BANDS),
  precision: precision as 'fp32' | 'bf16',
});
const classes = Array.from({ length: 19 }, (_, value) => ({
  value,
  name: `class ${value}`,
  color: `#0000${(16 + value).toString(16)}`,
}));
const raster = await openRaster(input);
await raster.close();
const tile =
  asked ??
  chooseTile(raster, { margin: Number(margin) }, predictor.divisor, await largestTile(predictor, raster));
const began = performance.now();
const result = await mapRaster({
  ...{ input, output, predictor, classes, channels: [1, 2, 3, 4, 5] },
  ...{ tile: Number(tile), margin: Number(margin), shifts: Number(shifts), overwrite: true, restart: true },
  ...(blend === undefined ? {} : { blend: blend as BlendWindow }),
  ...(overlap === undefined ? {} : { overlap: Number(overlap) }),
});
const seconds = (performance.now() - began) / 1000;
console.log(
  JSON.stringify({
    seconds: [seconds],
    stages: result.stages,
    peakMB: process.resourceUsage().maxRSS / 1024,
  }),
);
