// Seconds of each forward pass: forward.ts DEVICE PRECISION BATCH SIDE STEPS.
import { autocast, inferenceMode, keep, ops, randn, scope } from '../../src/engine/index.ts';
import { benchNetwork } from './network.ts';

const [device = 'cpu', precision = 'fp32', ...sizes] = process.argv.slice(2);
const [batch = 1, side = 512, steps = 10] = sizes.map(Number);
const network = benchNetwork().eval();
network.to({ device, memoryFormat: 'channels_last' });
const images = scope(() =>
  keep(randn([batch, 5, side, side]).to({ device }).to({ memoryFormat: 'channels_last' })),
);
const dtype = precision === 'bf16' ? 'bfloat16' : 'float16';
const forward = () =>
  precision === 'fp32' ? network.forward(images) : autocast({ device, dtype }, () => network.forward(images));
const seconds: number[] = [];
for (let step = 0; step < steps + 2; step++) {
  const began = performance.now();
  // One number of the answer, so that all of it is there; taken by views, as `forward.py` does.
  inferenceMode(() => scope(() => [0, 0, 0, 0].reduce((part) => ops.select(part, 0, 0), forward()).item()));
  if (step >= 2) seconds.push((performance.now() - began) / 1000);
  await new Promise((resolve) => setImmediate(resolve));
}
console.log(JSON.stringify({ seconds }));
