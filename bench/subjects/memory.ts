// Resident memory after each training step: memory.ts STEPS.
import { disposeBatch } from '../../src/data/index.ts';
import { randint, randn, scope } from '../../src/engine/index.ts';
import { AdamW, CrossEntropyLoss } from '../../src/nn/index.ts';
import { trainStep } from '../../src/training/index.ts';
import { benchNetwork } from './network.ts';

const [steps = 500] = process.argv.slice(2).map(Number);
const network = benchNetwork().train();
network.to({ memoryFormat: 'channels_last' });
const parts = {
  network,
  loss: new CrossEntropyLoss(),
  optimizer: new AdamW(network.parameters(), { lr: 1e-4 }),
  scaler: null,
  gradientClip: null,
  compute: { device: 'cpu', precision: 'fp32' as const, channelsLast: true },
};
const samples: number[] = [];
for (let step = 0; step < steps; step++) {
  const [images, targets] = scope(() => [randn([2, 5, 96, 96]), randint(0, 19, [2, 96, 96])]) as [
    ReturnType<typeof randn>,
    ReturnType<typeof randint>,
  ];
  const batch = { images, targets, patches: [], sizes: [], metadata: null };
  trainStep(parts, batch, true);
  disposeBatch(batch);
  samples.push(process.memoryUsage.rss() / 2 ** 20);
  await new Promise((resolve) => setImmediate(resolve));
}
console.log(JSON.stringify({ seconds: [], samples }));
