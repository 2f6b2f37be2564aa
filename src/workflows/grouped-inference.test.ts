import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NormalizationConfig } from '../config/index.ts';
import { Random } from '../core/index.ts';
import { type Patch, readPatch } from '../data/index.ts';
import { manualSeed } from '../engine/index.ts';
import { asClasses, CombinationRuleError } from '../ensemble/index.ts';
import { exportGraph } from '../export/export-model.ts';
import { encodeModel } from '../export/onnx/encode.ts';
import {
  AugmentedPredictor,
  buildNetwork,
  loadPredictor,
  type NetworkDescription,
  type Predictor,
  padTile,
  ScaledPredictor,
} from '../inference/index.ts';
import { ARPENT_KEY, type ArpentBlock } from '../inference/onnx/index.ts';
import { createGeoTiff, openRaster, pixelBlock } from '../raster/index.ts';
import { writeCheckpoint } from '../training/index.ts';
import { writeSafetensors } from '../weights/index.ts';
import { predictGroup } from './grouped-inference.ts';
import { readModelGroup } from './grouped-models.ts';

// The real function, counted: how often an image is read is part of what is promised.
vi.mock('../data/index.ts', async (original) => {
  const real = await original<typeof import('../data/index.ts')>();
  return { ...real, readPatch: vi.fn(real.readPatch) };
});

const [WIDTH, HEIGHT, BANDS, CLASSES] = [64, 32, 4, 3];
const PIXELS = WIDTH * HEIGHT;
const classes = ['building', 'water', 'other'].map((name) => ({ name, color: '#808080', weight: 1 }));

let folder: string;
const at = (name: string) => join(folder, name);
const patches: Patch[] = [];
let pixels: Uint8Array;

function describeAs(channels: readonly number[], normalization: NormalizationConfig): NetworkDescription {
  const architecture = { kind: 'encoder-decoder', encoder: 'mobilenet_v2', decoder: 'fpn' } as const;
  return {
    model: {
      architecture: { ...architecture, encoderWeights: null },
      ...{ channels: channels.length, classes: CLASSES },
    },
    ...{ channels, normalization, classes, metadata: null },
  } as NetworkDescription;
}

const RGB = describeAs([1, 2, 3], { kind: 'custom', means: [120, 110, 100], stds: [60, 50, 40] });
const INFRARED = describeAs([4, 2], { kind: 'scaling' });

function checkpoint(name: string, description: NetworkDescription, seed: number): void {
  manualSeed(seed);
  const network = buildNetwork(description.model);
  const position = { epoch: 0, step: 0, globalStep: 0, lossSum: 0 };
  writeCheckpoint(at(name), network, { ...description }, null, { position });
  network.dispose();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'group-'));
  const random = new Random(3);
  await mkdir(at('images'));
  for (const name of ['one', 'two']) {
    pixels = Uint8Array.from({ length: BANDS * PIXELS }, () => random.below(256));
    const image = at(`images/${name}.tif`);
    const writer = await createGeoTiff(image, {
      ...{ width: WIDTH, height: HEIGHT, bands: BANDS, crs: null, geoTransform: null },
      ...{ dataType: 'uint8', rgb: false },
    });
    await writer.write(pixelBlock(pixels, BANDS, HEIGHT, WIDTH), 0, 0);
    await writer.close();
    patches.push({ image, mask: null, list: null, line: null });
  }
  checkpoint('rgb.ckpt', RGB, 1);
  checkpoint('infrared.ckpt', INFRARED, 2);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  vi.mocked(readPatch).mockClear();
});

/** What one network says of the second image, seen as told; by its own means, without the group's code. */
async function alone(
  file: string,
  description: NetworkDescription,
  wrapped: (predictor: Predictor) => Predictor = (predictor) => predictor,
): Promise<Float32Array> {
  const predictor = wrapped(loadPredictor(description, at(file), { device: 'cpu', precision: 'fp32' }));
  const planes = description.channels.map((band) => pixels.subarray((band - 1) * PIXELS, band * PIXELS));
  const own = Uint8Array.from(planes.flatMap((plane) => [...plane]));
  const tile = { pixels: own, dataType: 'uint8', width: WIDTH, height: HEIGHT } as const;
  const whole = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
  const padded = padTile(tile, planes.length, predictor.divisor);
  const [found] = await predictor.predict([padded], 'probabilities', [whole]);
  predictor.dispose();
  return found!;
}

let runs = 0;

/** Runs a group over both images. @returns the folder and the second image's prediction */
async function run(text: string, members = false): Promise<{ output: string; cells: Uint8Array }> {
  const name = `group-${++runs}`;
  await writeFile(at(`${name}.yaml`), text);
  const group = await readModelGroup(at(`${name}.yaml`));
  const output = at(name);
  const options = { folder: output, device: 'cpu', precision: 'fp32', threads: null, members } as const;
  const written = await predictGroup(group, patches, options);
  expect(written).toEqual([join(output, 'PRED_one.tif'), join(output, 'PRED_two.tif')]);
  return { output, cells: await read(written[1]!) };
}

async function read(path: string): Promise<Uint8Array> {
  await using raster = await openRaster(path);
  return (await raster.read()).data as Uint8Array;
}

/** 8-bit probabilities of a combination of networks; sums are scaled to 1. */
function bytes(
  parts: readonly Float32Array[],
  weightOf: (part: number, index: number) => number,
): Uint8Array {
  const values = Float64Array.from({ length: CLASSES * PIXELS }, (_, i) => {
    const index = Math.floor(i / PIXELS);
    const total = parts.reduce((sum, _, part) => sum + weightOf(part, index), 0);
    return parts.reduce((sum, part, place) => sum + (weightOf(place, index) * part[i]!) / total, 0);
  });
  return Uint8Array.from(values, (value, i) => {
    const pixel = i % PIXELS;
    return Math.round(
      (255 * value) / (values[pixel]! + values[pixel + PIXELS]! + values[pixel + 2 * PIXELS]!),
    );
  });
}

/** Most difference of two lists of bytes; float32 sums may round to the neighbouring byte. */
const apart = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

const TWO = 'models:\n  rgb: { checkpoint: rgb.ckpt }\n  infrared: { checkpoint: infrared.ckpt }\n';

describe('predictGroup', () => {
  it('is the mean of what each network says with its own channels and normalisation', async () => {
    const { cells } = await run(`${TWO}output: probabilities\n`);
    const [rgb, infrared] = [await alone('rgb.ckpt', RGB), await alone('infrared.ckpt', INFRARED)];
    expect(
      apart(
        cells,
        bytes([rgb, infrared], () => 1),
      ),
    ).toBeLessThanOrEqual(1);
    expect(
      apart(
        bytes([rgb], () => 1),
        bytes([infrared], () => 1),
      ),
    ).toBeGreaterThan(3);
  });

  it('reads each image once, all bands that some network needs', async () => {
    await run(TWO);
    const calls = vi.mocked(readPatch).mock.calls;
    expect(calls.map(([patch]) => patch.image)).toEqual(patches.map(({ image }) => image));
    for (const [, { channels }] of calls) expect(channels).toEqual([1, 2, 3, 4]);
  });

  it('takes channels and normalisation of the file over those of the checkpoint', async () => {
    const other = describeAs([3, 1, 2], { kind: 'custom', means: [90, 90, 90], stds: [30, 60, 30] });
    const { cells } = await run(`models:
  rgb:
    checkpoint: rgb.ckpt
    channels: [3, 1, 2]
    normalization: { type: custom, means: [90, 90, 90], stds: [30, 60, 30] }
output: probabilities
`);
    expect(
      apart(
        cells,
        bytes([await alone('rgb.ckpt', other)], () => 1),
      ),
    ).toBeLessThanOrEqual(1);
    expect(
      apart(
        cells,
        bytes([await alone('rgb.ckpt', RGB)], () => 1),
      ),
    ).toBeGreaterThan(1);
  });

  it('gives each network its own input size and its own test-time augmentation', async () => {
    const { cells } = await run(`models:
  rgb: { checkpoint: rgb.ckpt, size: 96, scales: [1, 1.5] }
  infrared: { checkpoint: infrared.ckpt, tta: [identity, hflip] }
output: probabilities
`);
    const sized = await alone('rgb.ckpt', RGB, (p) => new ScaledPredictor(p, { size: 96, scales: [1, 1.5] }));
    const turned = await alone(
      'infrared.ckpt',
      INFRARED,
      (p) => new AugmentedPredictor(p, ['identity', 'hflip']),
    );
    expect(
      apart(
        cells,
        bytes([sized, turned], () => 1),
      ),
    ).toBeLessThanOrEqual(1);
    const [rgb, infrared] = [await alone('rgb.ckpt', RGB), await alone('infrared.ckpt', INFRARED)];
    expect(
      apart(
        bytes([sized], () => 1),
        bytes([rgb], () => 1),
      ),
    ).toBeGreaterThan(1);
    expect(
      apart(
        bytes([turned], () => 1),
        bytes([infrared], () => 1),
      ),
    ).toBeGreaterThan(1);
  });

  it('lets networks in ONNX Runtime and in libtorch answer together', async () => {
    manualSeed(2);
    const network = buildNetwork(INFRARED.model).eval();
    const graph = exportGraph(network, { height: HEIGHT, width: WIDTH, dynamic: true });
    const block: ArpentBlock = {
      ...{ format: 1, output: 'logits', normalizes: false, pixelRange: null },
      ...{ divisor: network.inputDivisor, description: INFRARED },
    };
    network.dispose();
    const metadata = { [ARPENT_KEY]: JSON.stringify(block) };
    await writeFile(at('infrared.onnx'), encodeModel(graph, { metadata, producerVersion: '0' }));
    const { cells } = await run(`models:
  rgb: { checkpoint: rgb.ckpt }
  infrared: { checkpoint: infrared.onnx }
output: probabilities
`);
    const { cells: expected } = await run(`${TWO}output: probabilities\n`);
    expect(apart(cells, expected)).toBeLessThanOrEqual(1);
  });

  it('weighs networks by class', async () => {
    const weights = [
      [2, 1, 0.5],
      [1, 3, 0.5],
    ];
    const { cells } = await run(`${TWO}rule:
  kind: mean
  of: [{ take: rgb, weight: [2, 1, 0.5] }, { take: infrared, weight: [1, 3, 0.5] }]
output: probabilities
`);
    const parts = [await alone('rgb.ckpt', RGB), await alone('infrared.ckpt', INFRARED)];
    expect(
      apart(
        cells,
        bytes(parts, (part, index) => weights[part]![index]!),
      ),
    ).toBeLessThanOrEqual(1);
  });

  it('selects and votes as the rule says, and writes what each network says when asked', async () => {
    const { output, cells } = await run(
      `${TWO}rule: { kind: select, base: rgb, steps: [{ class: 0, take: infrared }, { class: 1, take: infrared }] }\n`,
      true,
    );
    const [rgb, infrared] = [
      asClasses({ kind: 'probabilities', data: await alone('rgb.ckpt', RGB), one: 1 }, CLASSES),
      asClasses({ kind: 'probabilities', data: await alone('infrared.ckpt', INFRARED), one: 1 }, CLASSES),
    ];
    const selected = rgb.map((index, pixel) => {
      const first = index === 0 ? infrared[pixel]! : index;
      return first === 1 ? infrared[pixel]! : first;
    });
    expect(Buffer.compare(cells, selected)).toBe(0);
    const names = (await readdir(output)).filter((name) => !name.endsWith('.xml'));
    expect(names.sort()).toEqual(['PRED_one.tif', 'PRED_two.tif', 'infrared', 'rgb']);
    expect(Buffer.compare(await read(join(output, 'infrared/PRED_two.tif')), infrared)).toBe(0);
    expect(new Set([...rgb, ...infrared]).size).toBeGreaterThan(1);
  });

  it('averages logits where the rule wants them', async () => {
    const { cells } = await run(`${TWO}rule: { kind: mean_logits, of: [rgb, infrared] }\n`);
    // A mean of logits is, up to a constant a pixel, a mean of logarithms of probabilities.
    const parts = [await alone('rgb.ckpt', RGB), await alone('infrared.ckpt', INFRARED)];
    const sums = Float32Array.from(parts[0]!, (value, i) => Math.log(value) + Math.log(parts[1]![i]!));
    const expected = asClasses({ kind: 'logits', data: sums, one: 1 }, CLASSES);
    expect(cells.filter((value, i) => value !== expected[i]).length).toBeLessThanOrEqual(1);
  });

  it('stops when it is told to', async () => {
    await writeFile(at('stop.yaml'), TWO);
    const group = await readModelGroup(at('stop.yaml'));
    const options = { folder: at('stopped'), device: 'cpu', precision: 'fp32', threads: null } as const;
    const signal = AbortSignal.abort();
    await expect(predictGroup(group, patches, { ...options, signal })).rejects.toThrow('abort');
    expect((await readdir(at('stopped'))).filter((name) => name.endsWith('.tif'))).toEqual([]);
  });
});

describe('readModelGroup', () => {
  const refused = async (text: string) => {
    await writeFile(at('refused.yaml'), text);
    const error = await readModelGroup(at('refused.yaml')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CombinationRuleError);
    return (error as Error).message;
  };

  it('takes the mean of all where there is no rule, and paths from the file’s folder', async () => {
    await writeFile(at('plain.yaml'), TWO);
    const group = await readModelGroup(at('plain.yaml'));
    expect(group.rule).toEqual({ kind: 'mean', of: ['rgb', 'infrared'] });
    expect(group.output).toBe('classes');
    expect(group.models.map(({ checkpoint: path }) => path)).toEqual([at('rgb.ckpt'), at('infrared.ckpt')]);
    expect(group.models.map(({ description }) => description.channels)).toEqual([
      [1, 2, 3],
      [4, 2],
    ]);
    expect(group.models.map(({ views, size, scales }) => [views, size, scales])).toEqual([
      [[], null, null],
      [[], null, null],
    ]);
  });

  it('knows the names of augmentations', async () => {
    await writeFile(at('tta.yaml'), 'models: { a: { checkpoint: rgb.ckpt, tta: rotations } }\n');
    const { models } = await readModelGroup(at('tta.yaml'));
    expect(models[0]!.views).toEqual(['identity', 'rot90', 'rot180', 'rot270']);
  });

  it('names what is wrong', async () => {
    expect(await refused('models: { rgb: { checkpoint: rgb.ckpt, tta: mirror } }\n')).toMatch(
      /refused\.yaml.*models\.rgb\.tta/s,
    );
    expect(await refused('models: {}\n')).toContain('there is no model');
    expect(await refused('networks: { rgb: rgb.ckpt }\n')).toContain('refused.yaml');
    expect(await refused(`${TWO}rule: { kind: mean, of: [rgb, swin] }\n`)).toContain('"swin"');
    expect(await refused(`${TWO}rule: rgb\n`)).toContain('does not use the input "infrared"');
    expect(
      await refused(`${TWO}rule: { kind: vote, of: [rgb, infrared] }\noutput: probabilities\n`),
    ).toContain('gives classes');
    expect(await refused('models: { rgb: { checkpoint: rgb.ckpt, channels: [1, 2] } }\n')).toContain(
      '2 channels',
    );
    expect(
      await refused(
        'models: { rgb: { checkpoint: rgb.ckpt, normalization: { type: custom, means: [1], stds: [1] } } }\n',
      ),
    ).toContain('1 means');
  });

  it('wants a configuration for weights that do not say what network they belong to', async () => {
    const network = buildNetwork(RGB.model);
    writeSafetensors(at('bare.safetensors'), network.stateDict(), {});
    network.dispose();
    expect(await refused('models: { bare: { checkpoint: bare.safetensors } }\n')).toMatch(
      /models\.bare.*config:/s,
    );
  });

  it('refuses networks of other classes', async () => {
    const four = { ...RGB, classes: [...classes, classes[0]!], model: { ...RGB.model, classes: 4 } };
    checkpoint('four.ckpt', four, 4);
    const text = `${TWO}  four: { checkpoint: four.ckpt }\n`;
    expect(await refused(text)).toContain('"four" has 4 classes, "rgb" 3');
  });
});
