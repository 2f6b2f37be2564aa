// About 2 minutes on two cores.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { Random } from '../../src/core/index.ts';
import { serveApart, temporaryFolder, writeModel, writeOrtho } from '../studio/support.ts';

vi.setConfig({ testTimeout: 600_000 });

const CLIENTS = 50;
const SECONDS = Number(process.env.ARPENT_LOAD_SECONDS ?? 60);

/** Resident memory of a process and all below it, in bytes. */
function residentOf(root: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const below = (pid: number): boolean => pid === root || (pid > 1 && below(parents.get(pid) ?? 0));
  return [...parents.keys()].filter(below).reduce((sum, pid) => {
    try {
      const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
      return sum + Number(found?.[1] ?? 0) * 1024;
    } catch {
      return sum;
    }
  }, 0);
}

test(`${CLIENTS} clients for ${SECONDS} s get answers or are asked to wait, and memory does not grow`, async () => {
  const folder = temporaryFolder();
  writeModel(join(folder, 'models/net.ckpt'), 1);
  await writeOrtho(join(folder, 'ortho.tif'), 1500);
  const studio = await serveApart({
    ...{ state: join(folder, 'state'), images: [folder], models: [join(folder, 'models')] },
    // One address stands for fifty people here.
    rate: { perSecond: 400, burst: 800 },
  });
  const get = async (path: string) => (await fetch(`${studio.url}${path}`)).json() as Promise<never>;
  const post = (path: string, body: unknown) =>
    fetch(`${studio.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const [image] = (await get('/api/images')) as { id: string }[];
  const [model] = (await get('/api/models')) as { id: string }[];
  const raster = (await (await post('/api/rasters', { image: image!.id })).json()) as { id: string };

  const counts = new Map<string, number>();
  const waits: number[] = [];
  const end = performance.now() + SECONDS * 1000;
  const client = async (seed: number) => {
    const random = new Random(seed);
    const pick = (count: number) => random.below(count);
    while (performance.now() < end) {
      const what = random.uniform();
      const z = pick(4);
      const place = `${z}/${pick(2 ** z)}/${pick(2 ** z)}`;
      const start = performance.now();
      const [kind, response] =
        what < 0.5
          ? (['tile', await fetch(`${studio.url}/api/rasters/${raster.id}/tiles/${place}`)] as const)
          : what < 0.8
            ? ([
                'prediction',
                await fetch(`${studio.url}/api/rasters/${raster.id}/predictions/${model!.id}/tiles/${place}`),
              ] as const)
            : what < 0.95
              ? (['jobs', await fetch(`${studio.url}/api/jobs`)] as const)
              : (['new job', await post('/api/jobs', { raster: raster.id, model: model!.id })] as const);
      await response.arrayBuffer();
      waits.push(performance.now() - start);
      const key = `${kind} ${response.status}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (response.status === 429 || response.status === 503)
        await new Promise((resolve) => setTimeout(resolve, 200 + pick(300)));
    }
  };
  const memory: number[] = [];
  const watch = setInterval(() => memory.push(residentOf(studio.process.pid!)), 2000);
  await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(i + 1)));
  clearInterval(watch);
  const status = await fetch(`${studio.url}/api/status`);
  await studio.kill('SIGTERM');

  waits.sort((a, b) => a - b);
  const wait = (part: number) => `${Math.round(waits[Math.floor(part * (waits.length - 1))]!)} ms`;
  // The first third fills caches and loads networks.
  const settled = memory.slice(Math.floor(memory.length / 3));
  const half = Math.floor(settled.length / 2);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [before, after] = [mean(settled.slice(0, half)), mean(settled.slice(half))];
  process.stderr.write(
    `${waits.length} answers in ${SECONDS} s (median ${wait(0.5)}, 95 % within ${wait(0.95)}): ${[...counts]
      .sort()
      .map(([what, count]) => `${what}: ${count}`)
      .join(', ')}; memory ${Math.round(before / 2 ** 20)} → ${Math.round(after / 2 ** 20)} MiB\n`,
  );
  expect(status.status).toBe(200);
  const others = [...counts.keys()].filter((what) => !/ (2\d\d|429|503)$/.test(what));
  expect(others).toEqual([]);
  expect(after / before).toBeLessThan(1.1);
});
