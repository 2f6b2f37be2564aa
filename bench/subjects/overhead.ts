// Seconds of one `add` of two tiny tensors, result freed, many times over: overhead.ts CALLS ROUNDS.
import { noGrad, ones, ops, setNumThreads } from '../../src/engine/index.ts';

const [calls = 1e5, rounds = 5] = process.argv.slice(2).map(Number);
const [a, b] = [ones([2]), ones([2])];
setNumThreads(1);
const seconds: number[] = [];
for (let round = 0; round <= rounds; round++) {
  const began = performance.now();
  noGrad(() => {
    for (let i = 0; i < calls; i++) ops.add(a, b).dispose();
  });
  seconds.push((performance.now() - began) / 1000 / calls);
  await new Promise((resolve) => setImmediate(resolve));
}
console.log(JSON.stringify({ seconds: seconds.slice(1) }));
