// Seconds of each training step: train-step.ts DEVICE PRECISION BATCH SIDE STEPS.
import { keep, randint, randn, scope } from '../../src/engine/index.ts';
import { CrossEntropyLoss, GradScaler, SGD } from '../../src/nn/index.ts';
import { trainStep } from '../../src/training/index.ts';
import { benchNetwork } from './network.ts';

const [device = 'cpu', precision = 'fp32', ...sizes] = process.argv.slice(2);
const [batch = 4, side = 512, steps = 5] = sizes.map(Number);
const network = benchNetwork().train();
network.to({ device, memoryFormat: 'channels_last' });
const [images, targets] = scope(() => [
  keep(randn([batch, 5, side, side]).to({ device }).to({ memoryFormat: 'channels_last' })),
  keep(randint(0, 19, [batch, side, side], { device })),
]) as [ReturnType<typeof randn>, ReturnType<typeof randint>];
const parts = {
  network,
  loss: new CrossEntropyLoss(),
  optimizer: new SGD(network.parameters(), { lr: 0.01, momentum: 0.9, weightDecay: 1e-4 }),
  scaler: precision === 'fp16' ? new GradScaler({ device }) : null,
  gradientClip: null,
  compute: { device, precision: precision as 'fp32' | 'bf16' | 'fp16', channelsLast: true },
};
const seconds: number[] = [];
for (let step = 0; step < steps + 2; step++) {
  const began = performance.now();
  trainStep(parts, { images, targets, patches: [], sizes: [], metadata: null }, false);
  if (step >= 2) seconds.push((performance.now() - began) / 1000);
  await new Promise((resolve) => setImmediate(resolve));
}
console.log(JSON.stringify({ seconds }));
