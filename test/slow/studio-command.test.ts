// About 1 minute on two cores.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { loadCheckpoint } from '../../src/training/checkpoint.ts';
import { writeSafetensors } from '../../src/weights/index.ts';
import { arpent } from '../cli/call.ts';
import { examples, temporaryFolder, writeModel } from '../studio/support.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const started = new Set<ChildProcess>();

beforeAll(async () => {
  writeModel(at('net.ckpt'), 1);
  const flags = ['-o', at('net.onnx'), '--size', 'dynamic', '--quiet'];
  expect(await arpent('export', at('net.ckpt'), ...flags)).toMatchObject({ code: 0 });
});
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
});

/** `arpent serve` with flags, until it says where. */
function serve(name: string, flags: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/cli/main.ts', 'serve', '--port', '0', '--state', at(name), '--json', ...flags],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  started.add(child);
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (text) => (said += text));
    child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${said}`)));
    child.stdout.on('data', (text) => {
      said += text;
      const url = /"event":"serving".*?"url":"([^"]+)\/"/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
}

async function ask<Answer>(url: string, body?: unknown): Promise<{ status: number; answer: Answer }> {
  const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const response = await fetch(url, body === undefined ? {} : { ...json, body: JSON.stringify(body) });
  return { status: response.status, answer: (await response.json()) as Answer };
}

interface Named {
  readonly id: string;
  readonly name: string;
}

test('an .onnx file is served, looked at and mapped without libtorch; a checkpoint is not', async () => {
  const nowhere = { LIBTORCH: at('nowhere'), ARPENT_NATIVE: at('nowhere.node') };
  const base = await serve('without', ['--model', at('net.onnx'), at('net.ckpt')], nowhere);
  const models = (await ask<Named[]>(`${base}/api/models`)).answer;
  expect(models.map(({ name }) => name)).toEqual(['net.onnx', 'net.ckpt']);
  const [onnx, checkpoint] = models as [Named, Named];
  const [image] = (await ask<Named[]>(`${base}/api/images`)).answer;
  const raster = (await ask<Named>(`${base}/api/rasters`, { image: image!.id })).answer;
  const predictions = `${base}/api/rasters/${raster.id}/predictions`;
  const tile = await fetch(`${predictions}/${onnx.id}/tiles/0/0/0`);
  expect([tile.status, tile.headers.get('content-type')]).toEqual([200, 'image/png']);
  const loaded = await fetch(`${base}/api/models/${onnx.id}/load`, { method: 'POST' });
  expect(await loaded.json()).toEqual({ engine: expect.stringMatching(/^ONNX Runtime/) });
  const inspected = await fetch(`${base}/api/rasters/${raster.id}/inspect?x=9&y=-9&models=${onnx.id}`);
  expect(inspected.status).toBe(200);
  const refused = await fetch(`${predictions}/${checkpoint.id}/tiles/0/0/0`);
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('libtorch')]);

  const job = (await ask<Named>(`${base}/api/jobs`, { raster: raster.id, model: onnx.id })).answer;
  let state = 'waiting';
  while (state === 'waiting' || state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, 100));
    state = (await ask<{ state: string }>(`${base}/api/jobs/${job.id}`)).answer.state;
  }
  expect(state).toBe('done');
});

test('bare weights are served with the configuration of their network', async () => {
  writeSafetensors(at('net.safetensors'), loadCheckpoint(at('net.ckpt')).stateDict, {});
  mkdirSync(at('run'));
  const text = readFileSync(join(examples, 'arpent.yaml'), 'utf8')
    .replace(/: (train|validation|test)\.csv/g, (_, list: string) => `: ${join(examples, `${list}.csv`)}`)
    .replace('encoder: resnet18', 'encoder: mobilenet_v2');
  writeFileSync(at('run/arpent.yaml'), text);
  const base = await serve('bare', ['--model', at('net.safetensors'), '--config', at('run/arpent.yaml')]);
  const [model] = (await ask<Named[]>(`${base}/api/models`)).answer;
  expect(model).toMatchObject({ name: 'net.safetensors', onnx: false });
  const [image] = (await ask<Named[]>(`${base}/api/images`)).answer;
  const raster = (await ask<Named>(`${base}/api/rasters`, { image: image!.id })).answer;
  const tile = await fetch(`${base}/api/rasters/${raster.id}/predictions/${model!.id}/tiles/0/0/0`);
  expect(tile.status).toBe(200);
  await expect(serve('none', ['--model', at('nowhere.onnx')])).rejects.toThrow('not there');
  await expect(serve('folder', ['--model', at('run')])).rejects.toThrow('--models');
});
