// A map in a process of its own, to be killed: map-child.ts INPUT OUTPUT BLEND PAUSE THREAD.
import type { BlendWindow } from '../../src/inference/blending/index.ts';
import { mapRaster } from '../../src/inference/map.ts';
import { productsBeside } from './map-child-products.ts';
import { common, FakePredictor } from './support-plain.ts';

const [input = '', output = '', blend = 'crop', pause = '0', thread = 'false'] = process.argv.slice(2);
await mapRaster({
  ...common,
  ...{ input, output, predictor: new FakePredictor(Number(pause)), blend: blend as BlendWindow },
  products: productsBeside(output),
  inThreads: thread === 'true',
  onProgress: ({ tiles }) => process.send?.(tiles),
});
