// About 6 minutes on two cores.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Random } from '../../src/core/index.ts';
import { ops, scope, type Tensor } from '../../src/engine/index.ts';
import { encodeModel, exportGraph } from '../../src/export/index.ts';
import { SegmentationNetwork } from '../../src/models/index.ts';
import { Conv2d } from '../../src/nn/index.ts';
import { createGeoTiff, openRaster } from '../../src/raster/index.ts';
import { type RunningStudio, startStudio } from '../../src/server/index.ts';
import { examples, temporaryFolder } from '../studio/support.ts';

vi.setConfig({ testTimeout: 1_800_000, hookTimeout: 300_000 });

/** Mutated files of all kinds together. */
const FILES = Number(process.env.ARPENT_FUZZ_FILES ?? 10_000);
/** Uploads at once. */
const LANES = 4;

const folder = temporaryFolder();
const state = join(folder, 'state');
const defects: string[] = [];
let running: RunningStudio;
let base = '';
const seeds: { readonly kind: string; readonly bytes: Uint8Array }[] = [];

/** A small image in a way of packing. */
async function tiff(name: string, compression: 'none' | 'deflate' | 'lzw'): Promise<Uint8Array> {
  await using image = await openRaster(join(examples, 'tile-1/image-1.jpg'));
  const path = join(folder, name);
  const side = 96;
  const writer = await createGeoTiff(path, {
    ...{ width: side, height: side, bands: 3, dataType: 'uint8' },
    ...{ crs: 'EPSG:2154', geoTransform: [651_000, 0.2, 0, 6_862_000, 0, -0.2], compression, blockSize: 32 },
  });
  await writer.write(await image.read({ x: 9, y: 9, width: side, height: side }), 0, 0);
  await writer.close();
  return readFileSync(path);
}

/** Two convolutions: a file of some kilobytes is structure for the most part, so that mutations meet it. */
class Tiny extends SegmentationNetwork {
  readonly first = new Conv2d(3, 4, 3, { padding: 1 });
  readonly second = new Conv2d(4, 5, 1);

  constructor() {
    super({ modelName: 'tiny', inChannels: 3, classes: 5, inputDivisor: 1 });
  }

  forward(images: Tensor): Tensor {
    return scope(() => this.second.forward(ops.relu(this.first.forward(images))));
  }
}

function onnx(): Uint8Array {
  const graph = exportGraph(new Tiny(), { height: 32, width: 32, dynamic: true });
  return encodeModel(graph, { metadata: {}, producerVersion: '0' });
}

beforeAll(async () => {
  mkdirSync(join(folder, 'models'));
  for (const compression of ['none', 'deflate', 'lzw'] as const)
    seeds.push({ kind: 'TIFF', bytes: await tiff(`${compression}.tif`, compression) });
  seeds.push({ kind: 'PNG', bytes: readFileSync(join(examples, 'tile-1/mask-3.png')) });
  seeds.push({ kind: 'JPEG', bytes: readFileSync(join(examples, 'tile-1/image-1.jpg')) });
  seeds.push({ kind: 'ONNX', bytes: onnx() });
  running = await startStudio({
    ...{ state, port: 0, decodeTime: 5_000 },
    rate: { perSecond: 1e6, burst: 1e6 },
    onDefect: (text) => defects.push(text),
  });
  base = `http://127.0.0.1:${running.port}`;
});
afterAll(() => running.close());

/** A file with some of its bytes changed, doubled, taken out or cut off. */
function mutated(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const pick = (count: number) => random.below(count);
  let copy = Uint8Array.from(bytes);
  // Headers and directories lie at either end; most changes go there.
  const place = () => {
    const reach = random.chance(0.6) ? Math.min(copy.length, 600) : copy.length;
    return random.chance(0.5) ? pick(reach) : copy.length - 1 - pick(reach);
  };
  for (let change = 1 + pick(6); change > 0; change--) {
    const at = place();
    const kind = pick(6);
    if (kind === 0) copy[at] = pick(256);
    else if (kind === 1) copy[at]! ^= 1 << pick(8);
    else if (kind === 2) copy.fill([0, 0xff, 0x7f, 0x80][pick(4)]!, at, at + 1 + pick(8));
    else if (kind === 3) copy.copyWithin(at, pick(copy.length), pick(copy.length));
    else if (kind === 4)
      copy = Uint8Array.from(Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1 + pick(16))]));
    else if (random.chance(0.3)) copy = copy.slice(0, Math.max(20, at));
  }
  return copy;
}

test(`${FILES} mutated files leave the server answering`, async () => {
  const random = new Random(8);
  const counts = new Map<string, number>();
  const note = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  let next = 0;
  const lane = async () => {
    while (next < FILES) {
      const number = next++;
      if (number % 1000 === 999) process.stderr.write(`${number + 1} files\n`);
      const { kind, bytes } = seeds[number % seeds.length]!;
      const model = kind === 'ONNX';
      const response = await fetch(`${base}/api/${model ? 'models' : 'uploads'}?name=fuzz-${number}`, {
        method: 'POST',
        body: mutated(bytes, random),
      });
      note(`${kind} ${response.status}`);
      const answer = (await response.json()) as { id?: string };
      if (response.status !== 201) continue;
      if (!model) {
        const tile = await fetch(`${base}/api/rasters/${answer.id}/tiles/0/0/0`);
        note(`${kind} tile ${tile.status}`);
        await tile.arrayBuffer();
      }
      const gone = await fetch(`${base}/api/${model ? 'models' : 'uploads'}/${answer.id}`, {
        method: 'DELETE',
      });
      expect(gone.status).toBe(204);
    }
  };
  const start = performance.now();
  const status = setInterval(async () => {
    const response = await fetch(`${base}/api/status`).catch(() => null);
    note(`asked meanwhile: ${response?.status ?? 'no answer'}`);
  }, 1000);
  await Promise.all(Array.from({ length: LANES }, lane));
  clearInterval(status);
  const seconds = (performance.now() - start) / 1000;
  process.stderr.write(
    `${FILES} files in ${seconds.toFixed(0)} s: ${[...counts]
      .sort()
      .map(([what, count]) => `${what}: ${count}`)
      .join(', ')}\n`,
  );
  const statuses = [...counts.keys()].map((what) => what.split(' ').at(-1));
  expect(statuses).not.toContain('500');
  expect(statuses).not.toContain('answer');
  expect(counts.get('PNG 201') ?? 0).toBeGreaterThan(0);
  expect(counts.get('TIFF 201') ?? 0).toBeGreaterThan(0);
  expect(counts.get('ONNX 201') ?? 0).toBeGreaterThan(0);
  // What was refused is not kept, and the server goes on with whole files.
  for (const kept of ['uploads', 'models']) {
    const left = readdirSync(join(state, kept)).filter((name) => /\.(tif|png|jpg|onnx|partial)/.test(name));
    expect(left).toEqual([]);
  }
  const whole = await fetch(`${base}/api/uploads?name=whole.tif`, {
    method: 'POST',
    body: Uint8Array.from(seeds[0]!.bytes),
  });
  expect(whole.status).toBe(201);
  const foreseen = /ended|took longer/;
  expect(defects.filter((text) => !foreseen.test(text))).toEqual([]);
});
