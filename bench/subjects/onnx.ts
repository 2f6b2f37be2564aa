// Seconds of each run of a file in ONNX Runtime: onnx.ts FILE SIDE RUNS. Also a few of its scores, to compare files by.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { BANDS } from './network.ts';

const [file = '', ...sizes] = process.argv.slice(2);
const [side = 512, runs = 10] = sizes.map(Number);
const session = await InferenceSession.create(file, { logSeverityLevel: 3 });
const pixels = Float32Array.from({ length: BANDS * side * side }, (_, i) => Math.sin(i * 0.37 + i / 991));
const images = new Tensor('float32', pixels, [1, BANDS, side, side]);
const seconds: number[] = [];
let scores: number[] = [];
for (let run = 0; run < runs + 2; run++) {
  const began = performance.now();
  const { logits } = await session.run({ images });
  if (run >= 2) seconds.push((performance.now() - began) / 1000);
  const data = logits!.data as Float32Array;
  scores = Array.from({ length: 16 }, (_, i) => data[Math.floor((i * data.length) / 16)]!);
}
console.log(JSON.stringify({ seconds, scores }));
