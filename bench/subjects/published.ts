// Seconds of each training step or forward pass of a published network: published.ts NAME train|forward PRECISION BATCH
// SIDE STEPS. Also prints the largest resident size, in bytes.
import {
  autocast,
  inferenceMode,
  keep,
  ops,
  randint,
  randn,
  scope,
  type Tensor,
} from '../../src/engine/index.ts';
import { createModel, hasAuxiliarySupervision, hasOwnObjective } from '../../src/models/index.ts';

const [name = 'nvidia/mit-b0', what = 'train', precision = 'fp32', ...sizes] = process.argv.slice(2);
const [batch = 2, side = 256, steps = 3] = sizes.map(Number);
const classes = 13;
const network = createModel({ name, classes }).train(what === 'train');
const [images, targets] = scope(() => [
  keep(randn([batch, 3, side, side])),
  keep(randint(0, classes, [batch, side, side])),
]) as [Tensor, Tensor];
const inPrecision = <T>(body: () => T) =>
  precision === 'bf16' ? autocast({ device: 'cpu', dtype: 'bfloat16' }, body) : body();

function trainingLoss(): Tensor {
  if (hasOwnObjective(network)) return inPrecision(() => network.objective(images, targets).loss);
  if (!hasAuxiliarySupervision(network))
    return ops.crossEntropy(
      inPrecision(() => network.forward(images)),
      targets,
    );
  const { logits, auxiliary } = inPrecision(() => network.forwardTraining(images));
  const others = auxiliary.map((head) => ops.mul(ops.crossEntropy(head.logits, targets), head.weight));
  return others.reduce((sum, loss) => ops.add(sum, loss), ops.crossEntropy(logits, targets));
}

function step(): void {
  if (what === 'train') {
    network.zeroGrad();
    const loss = trainingLoss();
    loss.backward();
    loss.item();
  } else {
    inferenceMode(() =>
      scope(() => ops.select(ops.flatten(inPrecision(() => network.forward(images))), 0, 0).item()),
    );
  }
}

const seconds: number[] = [];
for (let round = 0; round < steps + 1; round++) {
  const began = performance.now();
  scope(step);
  if (round >= 1) seconds.push((performance.now() - began) / 1000);
  await new Promise((resolve) => setImmediate(resolve));
}
console.log(JSON.stringify({ seconds, resident: process.resourceUsage().maxRSS * 1024 }));
