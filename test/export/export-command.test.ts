import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeModel, exportGraph, type FileFacts, writeModel } from '../../src/export/index.ts';
import { OnnxPredictor, readOnnxModel, type Tile } from '../../src/inference/index.ts';
import { createGeoTiff, openRaster, pixelBlock } from '../../src/raster/index.ts';
import { arpent } from '../cli/call.ts';
import { deepnessClasses, deepnessInput, readAsDeepness } from './support/deepness.ts';
import { mlmFaults } from './support/json-schema.ts';
import { FACTS, livelyNetwork, writeSmallCheckpoint } from './support/trained.ts';

const folder = mkdtempSync(join(tmpdir(), 'arpent-export-'));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const SIDE = 64;
const pixels = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => (i * 7919) >> 5);

async function writeImage(name: string, width: number, height: number): Promise<void> {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    return 127 + 90 * Math.sin(x / 9) * Math.cos(y / 7) + ((i * 7919) % 37);
  });
  const grid = { crs: null, geoTransform: [7e5, 0.2, 0, 66e5, 0, -0.2] } as const;
  const image = await createGeoTiff(at(name), { width, height, bands: 3, dataType: 'uint8', ...grid });
  await image.write(pixelBlock(data, 3, height, width), 0, 0);
  await image.close();
}

async function writeMask(name: string): Promise<void> {
  const mask = await createGeoTiff(at(name), {
    ...{ width: SIDE, height: SIDE, dataType: 'uint8', crs: null, geoTransform: null },
  });
  const data = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => (i >> 4) % 4);
  await mask.write(pixelBlock(data, 1, SIDE, SIDE), 0, 0);
  await mask.close();
}

beforeAll(async () => {
  writeSmallCheckpoint(at('small.ckpt'));
  await writeImage('patch.tif', SIDE, SIDE);
  await writeMask('mask.tif');
  await writeImage('ortho.tif', 150, 130);
  writeFileSync(at('patches.csv'), `${at('patch.tif')},${at('mask.tif')}\n`);
});

test('export writes a file that says how far it is from libtorch, and never writes over one', async () => {
  const call = ['export', at('small.ckpt'), '-o', at('small.onnx'), '--size', '64', '--normalise'];
  const said = await arpent(
    ...call,
    ...['--resolution', '20', '--patches', at('patches.csv'), '--masks', 'zero-based', '--json'],
  );
  expect(said.stderr).toBe('');
  const report = JSON.parse(said.stdout.trim().split('\n').at(-1)!);
  expect(report.comparison.difference).toBeLessThan(1e-4);
  expect(report.comparison.agreement).toBeGreaterThan(0.999);
  expect(report.comparison.meanIou.file).toBeCloseTo(report.comparison.meanIou.network, 3);
  expect(report.selfTest.passed).toBe(true);
  expect(report.checker.kind).not.toBe('failed');
  const again = await arpent(...call);
  expect(again.code).not.toBe(0);
  expect(again.stderr).toMatch(/small\.onnx/);
  expect(again.stderr).toMatch(/overwrite/);
});

test('Deepness reads the file, and its way of running it gives the classes of the network', async () => {
  const model = readOnnxModel(at('small.onnx'));
  const view = readAsDeepness(model);
  expect(view).toEqual({
    ...{ modelType: 'Segmentor', tileSize: SIDE, batchSize: null, channels: 3, outputChannels: 4 },
    classNames: FACTS.classes.map(({ name }) => name),
    ...{ resolution: 20, overlap: 25, mean: [0, 0, 0], std: [1, 1, 1], threshold: 0, smallSegment: 0 },
  });
  expect(model.metadata.tile_size).toBe(model.metadata.tiles_size);
  // GeoDeep takes numbers from their text and everything else from JSON.
  expect(Number(model.metadata.resolution)).toBe(20);
  expect(Number(model.metadata.seg_thresh)).toBe(0);
  await arpent('export', at('small.ckpt'), '-o', at('outside.onnx'), '--size', '64');
  const outside = readAsDeepness(readOnnxModel(at('outside.onnx')));
  expect(outside.mean[0]).toBeCloseTo(100 / 255, 12);
  expect(outside.std[2]).toBeCloseTo(60 / 255, 12);

  const tile = { pixels, dataType: 'uint8', width: SIDE, height: SIDE } as Tile;
  for (const [file, host] of [
    ['small.onnx', view],
    ['outside.onnx', outside],
  ] as const) {
    const session = await InferenceSession.create(at(file));
    const images = new Tensor('float32', deepnessInput(pixels, host), [1, 3, SIDE, SIDE]);
    const answer = (await session.run({ images })).probabilities!.data as Float32Array;
    const predictor = new OnnxPredictor(at(file));
    const [ours] = await predictor.predict([tile], 'classes');
    const theirs = deepnessClasses(answer, 4, host.threshold!);
    expect(new Set(ours).size).toBeGreaterThan(1);
    expect(theirs.filter((one, i) => one !== ours![i]).length).toBeLessThan(0.002 * SIDE * SIDE);
    predictor.dispose();
    await session.release();
  }
});

test('the emulated reader refuses what Deepness refuses', () => {
  const model = readOnnxModel(at('small.onnx'));
  const { metadata, inputs } = model;
  const open = [{ ...inputs[0]!, shape: ['batch', 3, 'height', 'width'] }];
  expect(() => readAsDeepness({ ...model, inputs: open })).toThrow(/tile size/);
  const gap = { ...metadata, class_names: '{"0":"a","2":"b"}' };
  expect(() => readAsDeepness({ ...model, metadata: gap })).toThrow(/consecutive/);
});

test('the STAC item holds against the published schema of the Machine Learning Model extension', () => {
  const item = JSON.parse(readFileSync(at('small.stac.json'), 'utf8'));
  expect(mlmFaults(item)).toEqual([]);
  expect(item.properties['mlm:name']).toBe('small');
  expect(item.properties['mlm:input'][0].input.shape).toEqual([-1, 3, 64, 64]);
  expect(item.properties['mlm:output'][0]['classification:classes'][0]).toMatchObject({
    ...{ value: 0, name: 'Batiment', title: 'Bâtiment', color_hint: 'DB0E9A' },
  });
  expect(item.assets.model['file:size']).toBe(readFileSync(at('small.onnx')).length);
  // A check that cannot fail would say nothing.
  const broken = structuredClone(item);
  delete broken.properties['mlm:architecture'];
  broken.properties['mlm:tasks'] = ['mapping'];
  broken.properties['mlm:output'][0]['classification:classes'][0].color_hint = 'pink';
  delete broken.assets.model['mlm:artifact_type'];
  expect(mlmFaults(broken).length).toBeGreaterThanOrEqual(4);
});

test('our own block says everything that predicting needs, and no path of this machine', () => {
  const { arpent: text } = readOnnxModel(at('small.onnx')).metadata;
  const block = JSON.parse(text!);
  expect(text).not.toContain('/');
  expect(block).toMatchObject({
    ...{ format: 1, output: 'probabilities', normalizes: true, pixelRange: 255, divisor: 32 },
    ...{ precision: 'fp32', resolution: 20, training: { name: 'small', seed: 5 } },
    description: FACTS,
  });
});

test('verify runs a file and fails on one that was changed', async () => {
  const good = await arpent('verify', at('small.onnx'));
  expect(good.stdout).toMatch(/passed/);
  expect(good.code).toBe(0);
  const bytes = readFileSync(at('small.onnx'));
  // In the midst of the weights.
  bytes.fill(0x3f, bytes.length >> 2, bytes.length >> 1);
  writeFileSync(at('changed.onnx'), bytes);
  const bad = await arpent('verify', at('changed.onnx'));
  expect(bad.code).toBe(1);
});

test('half precision, classes alone, open and fixed sizes', async () => {
  const variants = [
    ['half.onnx', '--precision', 'fp16', '--size', '64'],
    ['classes.onnx', '--answer', 'classes', '--size', '64', '--batch', '2'],
    ['open.onnx', '--size', 'dynamic', '--answer', 'logits'],
  ];
  const reference = new OnnxPredictor(at('outside.onnx'));
  const tiles = [0, 1, 2].map((seed) => {
    const turned = pixels.map((value) => value + 40 * seed);
    return { pixels: turned, dataType: 'uint8', width: SIDE, height: SIDE } as Tile;
  });
  const expected = await reference.predict(tiles, 'classes');
  for (const [name, ...flags] of variants) {
    const { stderr } = await arpent('export', at('small.ckpt'), '-o', at(name!), ...flags, '--quiet');
    expect(stderr).toBe('');
    const predictor = new OnnxPredictor(at(name!));
    const found = await predictor.predict(tiles, 'classes');
    const wrong = found.map((labels, i) => labels.filter((label, j) => label !== expected[i]![j]).length);
    expect(Math.max(...wrong)).toBeLessThan((name === 'half.onnx' ? 0.01 : 0.002) * SIDE * SIDE);
    predictor.dispose();
  }
  reference.dispose();
});

test('eight bits are calibrated on real images, in pairs of rounding with a scale for each channel', async () => {
  const flags = ['--precision', 'int8', '--size', '64', '--answer', 'logits', '--normalise', '--json'];
  const call = ['export', at('small.ckpt'), '-o', at('int8.onnx'), ...flags];
  const without = await arpent(...call);
  expect(without.stderr).toMatch(/--patches/);
  const said = await arpent(...call, '--patches', at('patches.csv'), '--masks', 'zero-based');
  const report = JSON.parse(said.stdout.trim().split('\n').at(-1)!);
  expect(report.comparison.relative).toBeGreaterThan(1e-4);
  expect(report.comparison.relative).toBeLessThan(0.1);
  expect(report.comparison.agreement).toBeGreaterThan(0.95);
  expect(report.comparison.meanIou.file).toBeGreaterThan(0);
  expect(report.bytes).toBeLessThan(0.45 * statSync(at('small.onnx')).size);
});

test('weights beyond the limit of protobuf lie in a file of their own', async () => {
  const graph = exportGraph(livelyNetwork('mit_b0_segformer'), { height: 64, width: 64 });
  const { arpent: block } = readOnnxModel(at('small.onnx')).metadata;
  const facts = {
    ...(JSON.parse(block!) as FileFacts),
    name: 'large',
    side: 64,
    batch: 'dynamic',
  } as FileFacts;
  const written = writeModel(at('large.onnx'), graph, { ...facts, output: 'logits' }, { externalFrom: 1e6 });
  expect(written.weights).toBe(at('large.onnx.data'));
  expect(statSync(at('large.onnx')).size).toBeLessThan(0.05 * statSync(at('large.onnx.data')).size);
  expect(mlmFaults(JSON.parse(readFileSync(written.item, 'utf8')))).toEqual([]);
  const images = new Tensor('float32', new Float32Array(3 * SIDE * SIDE).fill(0.5), [1, 3, SIDE, SIDE]);
  const whole = encodeModel(graph, { metadata: {}, producerVersion: '' });
  const [apart, together] = await Promise.all([
    InferenceSession.create(at('large.onnx')),
    InferenceSession.create(whole),
  ]);
  const [a, b] = await Promise.all([apart!.run({ images }), together!.run({ images })]);
  expect(a.logits!.data).toEqual(b.logits!.data);
  expect(() => writeModel(at('large.onnx'), graph, facts, { externalFrom: 1e6 })).toThrow(/large/);
  const verified = await arpent('verify', at('large.onnx'));
  expect(verified.stdout).toMatch(/runs in ONNX Runtime/);
  expect(verified.stdout).not.toMatch(/checker: failed/);
  renameSync(at('large.onnx.data'), at('elsewhere.data'));
  const alone = await arpent('verify', at('large.onnx'));
  expect(alone.code).toBe(1);
  expect(alone.stderr).toMatch(/large\.onnx: ONNX Runtime cannot open it[\s\S]*\.data file/);
});

test('predict, map and ensemble predict run an .onnx file without libtorch', async () => {
  const broken = { ...process.env, LIBTORCH: at('nowhere'), ARPENT_NATIVE: at('nowhere.node') };
  const run = (...commands: string[][]) =>
    promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', 'test/export/support/run-commands.ts', JSON.stringify(commands)],
      { env: broken },
    );
  writeFileSync(at('group.yaml'), `models:\n  a: { checkpoint: ${at('open.onnx')} }\n`);
  const images = ['--images', at('patch.tif'), '-o'];
  const mapped = ['map', at('ortho.tif'), '-o', at('map.tif'), '--margin', '16', '--model'];
  const done = run(
    ['predict', '--model', at('open.onnx'), ...images, at('predictions')],
    [...mapped, at('small.onnx')],
    ['ensemble', 'predict', at('group.yaml'), ...images, at('group')],
    // With the checkpoint the same environment must fail, or nothing was proved.
    [...mapped, at('small.ckpt'), '--overwrite'],
  );
  await expect(done).rejects.toThrow(/bridge to libtorch/);
  for (const name of ['predictions/PRED_patch.tif', 'map.tif', 'group/PRED_patch.tif'])
    expect(existsSync(at(name))).toBe(true);

  const [flags, map] = [
    ['--tile', '64', '--margin', '16'],
    ['map', at('ortho.tif'), '--model'],
  ];
  await arpent(...map, at('small.ckpt'), '-o', at('torch.tif'), ...flags);
  const maps = await Promise.all([at('map.tif'), at('torch.tif')].map((file) => openRaster(file)));
  const [onnx, torch] = await Promise.all(
    maps.map((image) => image.read({ x: 0, y: 0, width: 150, height: 130 })),
  );
  const different = onnx!.data.filter((value: number, i: number) => value !== torch!.data[i]).length;
  expect(different / onnx!.data.length).toBeLessThan(0.001);
  await Promise.all(maps.map((image) => image.close()));
}, 120_000);

test('evaluate predicts with the file first, and knows its classes', async () => {
  const { stdout, stderr } = await arpent(
    ...['evaluate', '--model', at('open.onnx'), '--truth', at('patches.csv'), '--masks', 'zero-based'],
    ...['-o', at('scores'), '--json'],
  );
  expect(stderr).toBe('');
  expect(stdout).toContain('"strict"');
  expect(existsSync(at('scores/metrics.json'))).toBe(true);
  expect(existsSync(at('scores/predictions/PRED_patch.tif'))).toBe(true);
});

test('a provider that the runtime lacks is named', async () => {
  const said = await arpent(
    ...['map', at('ortho.tif'), '--model', at('small.onnx'), '-o', at('dml.tif'), '--provider', 'coreml'],
  );
  expect(said.code).not.toBe(0);
  expect(said.stderr).toMatch(/no coreml/);
});

test('a normalisation with numbers of each image is not folded', async () => {
  writeFileSync(at('statistics.json'), JSON.stringify({ images: {} }));
  const { scalingOf } = await import('../../src/export/index.ts');
  const sentinel = {
    kind: 'sentinel',
    file: at('statistics.json'),
    means: [1, 1, 1],
    stds: [1, 1, 1],
  } as const;
  expect(() => scalingOf(sentinel, 3, 255)).toThrow(/numbers of each image/);
});
