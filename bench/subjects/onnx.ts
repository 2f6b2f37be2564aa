// Seconds of each run of some files in ONNX Runtime, one after the other in turns, so that whatever else the machine does falls on
// all: onnx.ts SIDE RUNS FILE… Also a few of their scores, to compare files by.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { BANDS } from './network.ts';

const [side = 512, runs = 10] = process.argv.slice(2, 4).map(Number);
const sessions = await Promise.all(
  process.argv.slice(4).map((file) => InferenceSession.create(file, { logSeverityLevel: 3 })),
);
const pixels = Float32Array.from({ length: BANDS * side * side }, (_, i) => Math.sin(i * 0.37 + i / 991));
const images = new Tensor('float32', pixels, [1, BANDS, side, side]);
const files = sessions.map(() => ({ seconds: [] as number[], scores: [] as number[] }));
for (let run = 0; run < runs + 2; run++) {
  for (const [i, session] of sessions.entries()) {
    const began = performance.now();
    const { logits } = await session.run({ images });
    if (run >= 2) files[i]!.seconds.push((performance.now() - began) / 1000);
    const data = logits!.data as Float32Array;
    files[i]!.scores = Array.from({ length: 16 }, (_, k) => data[Math.floor((k * data.length) / 16)]!);
  }
}
console.log(JSON.stringify({ seconds: files[0]!.seconds, files }));
