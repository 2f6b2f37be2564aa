// A map with a small network, its time and its peak memory: map-small.ts INPUT OUTPUT BLEND MEMORY [TILE].
import { normalizer } from '../../src/data/index.ts';
import { setNumThreads } from '../../src/engine/index.ts';
import {
  type BlendWindow,
  mapRaster,
  measureNetwork,
  planMap,
  TorchPredictor,
} from '../../src/inference/index.ts';
import { openRaster } from '../../src/raster/index.ts';
import { smallNetwork } from './small-network.ts';

const [input = '', output = '', blend = 'hann', memory = '2GB', tile] = process.argv.slice(2);
setNumThreads(1);
const predictor = new TorchPredictor(smallNetwork(), { normalizer: normalizer({ kind: 'scaling' }, 3) });
const classes = Array.from({ length: 4 }, (_, value) => ({
  value,
  name: `class ${value}`,
  color: `#0000${16 + value}`,
}));
const raster = await openRaster(input);
await raster.close();
const plan = planMap({
  ...{ raster, bands: 3, bytesPerCell: 1, classes: 4, divisor: predictor.divisor, memory },
  ...{ network: await measureNetwork(predictor), blend: blend as BlendWindow, margin: 16, overlap: 32 },
  ...(tile === undefined ? {} : { tile: Number(tile) }),
});
const began = performance.now();
const result = await mapRaster({
  ...{ input, output, predictor, classes, channels: [1, 2, 3], overwrite: true, restart: true },
  ...{ tile: plan.tile, margin: plan.margin, overlap: plan.overlap, blend: plan.blend },
});
console.log(
  JSON.stringify({
    seconds: [(performance.now() - began) / 1000],
    stages: result.stages,
    tile: plan.tile,
    tiles: result.totalTiles,
    plannedMB: plan.bytes.total / 2 ** 20,
    peakMB: process.resourceUsage().maxRSS / 1024,
  }),
);
