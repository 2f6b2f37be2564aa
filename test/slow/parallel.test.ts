// About 2 minutes on two cores.
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { loadRunConfig, type RunConfig } from '../../src/config/index.ts';
import { loadCheckpoint } from '../../src/training/index.ts';
import { readCheckpoint } from '../../src/weights/index.ts';
import { type RunEvent, runTasks } from '../../src/workflows/index.ts';
import { makeFlairDataset } from '../flair/dataset.ts';
import { temporaryFolder } from '../raster/fixtures.ts';

const folder = temporaryFolder();

/** A network with dropout and adaptive steps, on two processes of one machine. */
const TEXT = `
name: NAME
output: runs
seed: 5
tasks: { predict: false, metrics: false }
data: { train: train.csv, validation: val.csv, channels: [1, 2, 3], workers: 2 }
classes: generic-4
augmentation: { brightness: { probability: 0.5 } }
model: { name: deeplabv3plus, encoder: mobilenet_v2, encoder_weights: none }
optimizer: { type: adamw, learning_rate: 0.001 }
scheduler: { type: one_cycle }
training: { epochs: 3, batch_size: 2, weight_average: { decay: 0.9 } }
hardware: { device: cpu, devices: 2, threads: 1 }
logging: { progress_rate: 1 }
`;

async function runNamed(name: string, text = TEXT): Promise<RunConfig> {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, text.replace('NAME', name));
  return (await loadRunConfig(file)).config;
}

const last = ({ outputs }: RunConfig) => join(outputs.checkpoints, 'last.ckpt');
const resumed = (config: RunConfig): RunConfig => ({
  ...config,
  tasks: { ...config.tasks, start: { kind: 'resume', checkpoint: last(config) } },
});

function expectSameWeights(one: RunConfig, other: RunConfig): void {
  const [expected, found] = [one, other].map((config) => readCheckpoint(last(config)).stateDict);
  for (const [name, { data }] of expected!) {
    expect(Buffer.from(found!.get(name)!.data).equals(Buffer.from(data)), name).toBe(true);
  }
}

const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

const commandOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8');

let whole: RunConfig;

beforeAll(async () => {
  await makeFlairDataset(folder, { size: 32, counts: [9, 5, 2] });
  whole = await runNamed('whole');
  await runTasks(whole);
});

beforeEach(() => {
  for (const name of ['parts', 'killed', 'bad', 'machines']) {
    rmSync(join(folder, 'runs', name), { recursive: true, force: true });
  }
});

test('a run of two processes, interrupted and resumed, ends with the weights of one that was not', async () => {
  const parts = await runNamed('parts');
  const stop = new AbortController();
  const onEvent = (event: RunEvent) => {
    if (event.kind === 'step' && event.epoch === 1 && event.step === 1) stop.abort();
  };
  const first = await runTasks(parts, onEvent, stop.signal);
  expect(first.training).toMatchObject({ stopped: 'interrupted' });
  expect(loadCheckpoint(last(parts)).training).toMatchObject({ ranks: 2, position: { epoch: 1, step: 1 } });
  const second = await runTasks(resumed(parts));
  expect(second.training).toMatchObject({ stopped: 'finished' });
  expectSameWeights(whole, parts);
});

test('a process that is killed ends the run with its name; the last epoch is kept and goes on', async () => {
  const killed = await runNamed('killed');
  const began = performance.now();
  let victim = 0;
  const run = runTasks(killed, (event) => {
    if (event.kind !== 'step' || event.epoch !== 1 || victim > 0) return;
    victim = childrenOf(process.pid).find((pid) => commandOf(pid).includes('parallel/child'))!;
    process.kill(victim, 'SIGKILL');
  });
  await expect(run).rejects.toMatchObject({ name: 'TrainingProcessError' });
  await expect(run).rejects.toThrow(`training process 1 of 2 (rank 1, pid ${victim}) was ended by SIGKILL`);
  expect(performance.now() - began).toBeLessThan(120_000);
  expect(loadCheckpoint(last(killed)).training).toMatchObject({ position: { epoch: 1, step: 0 } });
  await runTasks(resumed(killed));
  expectSameWeights(whole, killed);
});

test('what one process cannot read is told by the one that was started by hand', async () => {
  const list = readFileSync(join(folder, 'train.csv'), 'utf8');
  const image = list.split('\n')[3]!.split(',')[0]!;
  copyFileSync(join(folder, image), join(folder, 'cut.tif'));
  truncateSync(join(folder, 'cut.tif'), 900);
  writeFileSync(join(folder, 'bad.csv'), list.replace(image, 'cut.tif'));
  const bad = await runNamed('bad', TEXT.replace('train.csv', 'bad.csv'));
  await expect(runTasks(bad)).rejects.toThrow(/bad\.csv:4: .*cut\.tif/);
});

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

const started: ChildProcess[] = [];

function machine(rank: number, port: number, token = 'word'): Promise<Ended> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/cli/main.ts', 'run', join(folder, 'machines.yaml')],
    {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: {
        ...process.env,
        MASTER_ADDR: '127.0.0.1',
        MASTER_PORT: String(port),
        NODE_RANK: String(rank),
        WORLD_SIZE: '2',
        ARPENT_JOB_TOKEN: token,
      },
    },
  );
  started.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  return new Promise((resolve) => child.on('exit', (code) => resolve({ code, said })));
}

test('two machines with one process each train as one machine with two, and the second writes nothing', async () => {
  const text = TEXT.replace('devices: 2', 'devices: 1, nodes: 2');
  const machines = await runNamed('machines', text);
  const port = await freePort();
  const [first, second] = await Promise.all([machine(0, port), machine(1, port)]);
  expect(first.said).toContain('2 processes train together, 1 on each of 2 machines');
  expect([first.code, second.code], first.said + second.said).toEqual([0, 0]);
  expect(second.said).toContain('the first machine has the checkpoints');
  expect(existsSync(last(machines))).toBe(true);
  expectSameWeights(whole, machines);
});

test('a machine without the token is refused', async () => {
  await runNamed('machines', TEXT.replace('devices: 2', 'devices: 1, nodes: 2'));
  const port = await freePort();
  const first = machine(0, port);
  const second = await machine(1, port, 'another word');
  expect(second.code).toBe(1);
  expect(second.said).toContain("does not know this training's token");
  started.at(-2)!.kill('SIGKILL');
  expect((await first).code).not.toBe(0);
});
