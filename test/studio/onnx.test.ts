import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { DUBAI } from '../../src/core/index.ts';
import { ConfusionMatrix } from '../../src/evaluation/index.ts';
import { type RunningStudio, startStudio } from '../../src/server/index.ts';
import { writePatchScores } from '../../src/workflows/patch-scores.ts';
import { arpent } from '../cli/call.ts';
import { examples, temporaryFolder, writeModel } from './support.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const folder = temporaryFolder();
const state = join(folder, 'state');
const onnx = join(folder, 'models/net.onnx');
let running: RunningStudio;
let base = '';
const defects: string[] = [];

beforeAll(async () => {
  const checkpoint = join(folder, 'models/net.ckpt');
  writeModel(checkpoint, 1);
  expect(await arpent('export', checkpoint, '-o', onnx, '--size', 'dynamic', '--quiet')).toMatchObject({
    code: 0,
  });
  mkdirSync(join(folder, 'runs'));
  running = await startStudio({
    ...{ port: 0, state, models: [join(folder, 'models')], images: [examples], runs: [join(folder, 'runs')] },
    onDefect: (text) => defects.push(text),
  });
  base = `http://127.0.0.1:${running.port}`;
});
afterAll(() => running.close());

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly onnx: boolean;
}
const listed = async () => (await (await fetch(`${base}/api/models`)).json()) as Listed[];
const named = async (name: string) => (await listed()).find((model) => model.name === name)!;
const upload = (bytes: Uint8Array) =>
  fetch(`${base}/api/models?name=${encodeURIComponent('../my net.onnx')}`, {
    method: 'POST',
    body: Uint8Array.from(bytes),
  });

test('an ONNX file predicts on the server, and a page is told how to run it', async () => {
  const [file, checkpoint] = [await named('net.onnx'), await named('net.ckpt')];
  expect([file.onnx, checkpoint.onnx]).toEqual([true, false]);
  const images = (await (await fetch(`${base}/api/images`)).json()) as { id: string }[];
  const opened = await fetch(`${base}/api/rasters`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ image: images[0]!.id }),
  });
  const { id } = (await opened.json()) as { id: string };
  const tile = async (model: Listed) => {
    const response = await fetch(`${base}/api/rasters/${id}/predictions/${model.id}/tiles/0/0/0`);
    expect(response.status).toBe(200);
    return Buffer.from(await response.arrayBuffer());
  };
  const [a, b] = [await tile(file), await tile(checkpoint)];
  expect(Math.abs(a.length - b.length)).toBeLessThan(0.02 * a.length);
  const graph = await (await fetch(`${base}/api/models/${file.id}/graph?type=uint8`)).json();
  expect(graph).toMatchObject({ answer: 'probabilities', channels: [1, 2, 3], tile: 512, margin: 64 });
  const { scaling } = graph as { scaling: [number, number][] };
  expect(scaling[0]![0]).toBeCloseTo(1 / 46.1, 6);
  expect(scaling[0]![1]).toBeCloseTo(-108.4 / 46.1, 6);
  expect(await (await fetch(`${base}/api/models/${checkpoint.id}/graph?type=uint8`)).json()).toBeNull();
  const bytes = await (await fetch(`${base}/api/models/${file.id}/file`)).arrayBuffer();
  expect(Buffer.from(bytes).equals(readFileSync(onnx))).toBe(true);
  expect((await fetch(`${base}/api/models/${checkpoint.id}/file`)).status).toBe(404);
});

test('a job blends several models, whatever runs them', async () => {
  const ids = [(await named('net.onnx')).id, (await named('net.ckpt')).id];
  const [image] = (await (await fetch(`${base}/api/images`)).json()) as { id: string }[];
  const json = { 'content-type': 'application/json' };
  const body = JSON.stringify({ raster: image!.id, model: ids.join(','), vectors: false });
  const asked = await fetch(`${base}/api/jobs`, { method: 'POST', headers: json, body });
  const job = (await asked.json()) as { id: string };
  expect(asked.status).toBe(201);
  let state = 'waiting';
  while (state === 'waiting' || state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, 100));
    ({ state } = (await (await fetch(`${base}/api/jobs/${job.id}`)).json()) as { state: string });
  }
  expect(state).toBe('done');
  expect((await fetch(`${base}/api/jobs/${job.id}/tiles/0/0/0`)).status).toBe(200);
});

test('a model can be brought and removed; what is none is not kept', async () => {
  const taken = await upload(readFileSync(onnx));
  expect(taken.status).toBe(201);
  const model = (await taken.json()) as Listed;
  expect(model.name).toMatch(/^my-net-[0-9a-f]{24}\.onnx$|-my-net-[0-9a-f]{24}\.onnx$/);
  expect((await listed()).map(({ id }) => id)).toContain(model.id);
  const declared = await named('net.onnx');
  expect((await fetch(`${base}/api/models/${declared.id}`, { method: 'DELETE' })).status).toBe(404);
  expect((await fetch(`${base}/api/models/${model.id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await upload(Buffer.from('this is no model at all'))).status).toBe(415);
  expect((await upload(readFileSync(onnx).subarray(0, 5000))).status).toBe(422);
  const elsewhere = Buffer.concat([
    readFileSync(onnx),
    // A tensor whose numbers lie in another file.
    Buffer.from('\x3a\x1f\x2a\x1d\x6a\x19\x0a\x08location\x12\x0d../../secrets\x70\x01', 'latin1'),
  ]);
  const refused = await upload(elsewhere);
  expect([refused.status, await refused.text()]).toEqual([415, expect.stringContaining('another file')]);
  expect(readdirSync(join(state, 'models'))).toEqual([]);
});

test('an image that was brought can be removed, a declared one cannot', async () => {
  const body = Uint8Array.from(readFileSync(join(examples, 'tile-1/mask-3.png')));
  const taken = await fetch(`${base}/api/uploads?name=mask.png`, { method: 'POST', body });
  const { id } = (await taken.json()) as { id: string };
  expect((await fetch(`${base}/api/uploads/${id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await fetch(`${base}/api/rasters/${id}`)).status).toBe(404);
  expect(readdirSync(join(state, 'uploads'))).toEqual([]);
});

test('patches of a scored run come worst first, only from declared folders', async () => {
  const run = join(folder, 'runs/scored');
  mkdirSync(join(run, 'metrics'), { recursive: true });
  writeFileSync(join(run, 'metrics.csv'), 'epoch,val_miou\n0,0.5\n');
  const prediction = join(run, 'prediction.png');
  const outside = join(folder, 'outside.png');
  for (const path of [prediction, outside]) copyFileSync(join(examples, 'tile-1/mask-1.png'), path);
  const scored = (right: number) => new ConfusionMatrix(2, [right, 9 - right, 9 - right, right]);
  const truth = join(examples, 'tile-1/mask-1.png');
  await writePatchScores(
    join(run, 'metrics'),
    [
      { pair: { truth, prediction }, matrix: scored(7) },
      { pair: { truth: outside, prediction }, matrix: scored(3) },
    ],
    DUBAI.classes.slice(0, 2),
    { truth: { kind: 'colors', colors: [] }, imageOf: () => join(examples, 'tile-1/image-1.jpg') },
    { overwrite: false },
  );
  const [found] = (await (await fetch(`${base}/api/runs`)).json()) as { id: string }[];
  const page = await (await fetch(`${base}/api/runs/${found!.id}/patches`)).json();
  const { total, patches } = page as {
    total: number;
    patches: { miou: number; image: string; truth: string | null; prediction: string }[];
  };
  expect(total).toBe(2);
  expect(patches[0]!.miou).toBeLessThan(patches[1]!.miou);
  expect(patches.map(({ truth: shown }) => shown === null)).toEqual([true, false]);
  const colored = `${base}/api/rasters/${patches[0]!.prediction}/tiles/0/0/0?colors=-,ff0000`;
  expect((await fetch(colored)).status).toBe(200);
  expect((await fetch(`${base}/api/rasters/${patches[0]!.image}`)).status).toBe(200);
});

test('nothing happened that nobody foresaw', () => {
  expect(defects).toEqual([]);
});
