import { expect, test } from 'vitest';
import { MissingWeightsError, mapConfigOfRun, parseRunConfig, SourceText } from './index.ts';

const text =
  'tasks: { train: false, metrics: false }\ndata: { test: t.csv }\nclasses: flair-12\nmodel: { weights: w.ckpt }\nmap: { tile: 256, margin: 32, memory: 2 GB }\n';
const load = (yaml: string) =>
  parseRunConfig(new SourceText(yaml, null), { baseFolder: '/project', checkFiles: false }).config;

test('a map takes network, bands and windows from the run', () => {
  const config = mapConfigOfRun(load(text), { input: '/in/ortho.tif', output: '/out/map.tif' });
  expect(config).toMatchObject({
    input: '/in/ortho.tif',
    output: { folder: '/out', name: 'map.tif', existing: 'error', type: 'argmax' },
    window: { size: 256, margin: 32 },
    weights: '/project/w.ckpt',
    channels: [1, 2, 3],
    memory: 2 * 1024 ** 3,
    model: { architecture: { encoder: 'resnet34', encoderWeights: null }, classes: 12 },
  });
});

test('the request decides weights and replacement', () => {
  const config = mapConfigOfRun(load(text), {
    input: 'a.tif',
    output: 'b.tif',
    weights: '/other.pth',
    overwrite: true,
  });
  expect(config).toMatchObject({ weights: '/other.pth', output: { existing: 'overwrite' } });
});

test('no weights anywhere is an error', () => {
  const run = load('data: { train: a.csv, validation: b.csv, test: c.csv }\nclasses: flair-12\n');
  expect(() => mapConfigOfRun(run, { input: 'a.tif', output: 'b.tif' })).toThrow(MissingWeightsError);
});
