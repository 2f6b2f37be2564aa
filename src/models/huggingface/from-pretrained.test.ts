import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { inferenceMode, manualSeed, randn, scope } from '../../engine/index.ts';
import {
  float32Values,
  HubOfflineError,
  ModelFolderError,
  type RawTensor,
  rawArray,
  type StateDict,
  writePth,
  writeSafetensors,
} from '../../weights/index.ts';
import { adaptChannels } from '../adapt-channels.ts';
import { ModelOptionError, UnknownModelError } from '../errors.ts';
import type { SegmentationNetwork } from '../network.ts';
import { createModel } from '../registry.ts';
import { ModelConfigError } from './config-reader.ts';
import { fetchNetwork } from './fetch-network.ts';
import { fromFolder, fromPretrained, loadPretrainedWeights } from './from-pretrained.ts';

const config = {
  model_type: 'segformer',
  depths: [1, 1, 1, 1],
  hidden_sizes: [8, 16, 16, 16],
  num_attention_heads: [1, 2, 2, 2],
  decoder_hidden_size: 16,
  id2label: { 0: 'ground', 1: 'water', 2: 'roof' },
};
const kernel = 'segformer.encoder.patch_embeddings.0.proj.weight';

let root: string;
let published: StateDict;
const folder = (name: string) => join(root, name);

function repository(name: string, content: unknown = config): string {
  const path = mkdtempSync(folder(name));
  writeFileSync(join(path, 'config.json'), JSON.stringify(content));
  return path;
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'arpent-hub-'));
  manualSeed(1);
  const bare = repository('bare');
  const { network, report } = fromFolder(bare, { weights: 'none' });
  expect(report.loaded).toEqual([]);
  published = network.stateDict();
});
afterAll(() => rmSync(root, { recursive: true }));

const logits = (network: SegmentationNetwork) => {
  manualSeed(2);
  network.eval();
  return scope(() =>
    inferenceMode(() => network.forward(randn([1, network.inChannels, 32, 32])).toNumbers()),
  );
};

describe('a folder laid out like a hub repository', () => {
  it('loads from one safetensors file, from one PyTorch file and from shards alike', () => {
    const whole = repository('whole');
    writeSafetensors(join(whole, 'model.safetensors'), published);
    const old = repository('old');
    writePth(join(old, 'pytorch_model.bin'), published);
    const sharded = repository('sharded');
    const names = [...published.keys()];
    const shard = (index: number) => `model-0000${index + 1}-of-00002.safetensors`;
    const half = (index: number) => names.filter((_, at) => at % 2 === index);
    for (const index of [0, 1]) {
      const part = new Map(half(index).map((name) => [name, published.get(name)!]));
      writeSafetensors(join(sharded, shard(index)), part);
    }
    const weight_map = Object.fromEntries(names.map((name, at) => [name, shard(at % 2)]));
    writeFileSync(join(sharded, 'model.safetensors.index.json'), JSON.stringify({ weight_map }));
    const [first, ...others] = [whole, old, sharded].map((path) => {
      const { network, report } = fromFolder(path);
      expect(report).toMatchObject({ reinitialised: [], adapted: [], missing: [], unexpected: [] });
      expect(report.loaded).toHaveLength(published.size);
      expect(network.classes).toBe(3);
      return logits(network);
    });
    for (const other of others) expect(other).toEqual(first);
  });

  it('with other classes and bands starts the head anew, adapts the first convolution, and says so', () => {
    const path = repository('changed');
    writeSafetensors(join(path, 'model.safetensors'), published);
    const { network, report } = fromFolder(path, { classes: 7, inChannels: 5 });
    expect(network).toMatchObject({ classes: 7, inChannels: 5 });
    expect(report.reinitialised.map(({ key }) => key)).toEqual([
      'decode_head.classifier.weight',
      'decode_head.classifier.bias',
    ]);
    expect(report.adapted).toEqual([{ key: kernel, published: 3, here: 5, rule: 'cycle' }]);
    expect(report.missing).toEqual([]);
    const loaded = network.stateDict();
    expect(loaded.get(kernel)!.shape).toEqual([8, 5, 7, 7]);
    const query = 'segformer.encoder.block.3.0.attention.self.query.weight';
    expect(loaded.get(query)).toEqual(published.get(query));
    expect(logits(network)).toHaveLength(7 * 32 * 32);
  });

  it('of an encoder alone leaves the decoder fresh and names what was left over', () => {
    const path = repository('encoder');
    const encoder: StateDict = new Map([...published].filter(([name]) => name.startsWith('segformer.')));
    encoder.set('classifier.weight', rawArray('float32', [2], new Float32Array(2)));
    writeSafetensors(join(path, 'model.safetensors'), encoder);
    const { report } = fromFolder(path);
    expect(report.unexpected).toEqual(['classifier.weight']);
    expect(report.missing).toContain('decode_head.classifier.weight');
    expect(report.missing.every((name) => name.startsWith('decode_head.'))).toBe(true);
  });

  it('that lacks something says what', () => {
    expect(() => fromFolder(repository('weightless'))).toThrow(ModelFolderError);
    expect(() => fromFolder(root)).toThrow(/config\.json/);
    expect(() => fromFolder(repository('bert', { model_type: 'bert' }))).toThrow(ModelConfigError);
    expect(() => fromFolder(repository('odd', { ...config, depths: 'many' }))).toThrow(/depths/);
  });
});

describe('names', () => {
  it('are looked for on disk first, and need no files when no weights are wanted', async () => {
    const path = repository('byname');
    writeSafetensors(join(path, 'model.safetensors'), published);
    const { network, report } = await fromPretrained(path, { classes: 3 });
    expect(network.modelName).toBe(path);
    expect(report.loaded).toHaveLength(published.size);
    const other = createModel({ name: path, classes: 5 });
    const again = await loadPretrainedWeights(other, path);
    expect(again.reinitialised).toHaveLength(2);
    const foreign = createModel({ name: 'resnet18_unet', classes: 2 });
    await expect(loadPretrainedWeights(foreign, path)).rejects.toThrow(ModelOptionError);
    const fresh = await fromPretrained('nvidia/mit-b0', { classes: 2, weights: 'none' });
    expect(fresh.network.classes).toBe(2);
    expect(fresh.report.loaded).toEqual([]);
  });

  it('of the hub give networks with fresh weights', () => {
    const network = createModel({
      name: 'nvidia/segformer-b0-finetuned-ade-512-512',
      classes: 4,
      inChannels: 5,
    });
    expect(network).toMatchObject({ classes: 4, inChannels: 5 });
    // transformers counts 3 717 485 for 13 classes and three bands.
    expect(network.parameterCount()).toBe(3_717_485 - 9 * 257 + 2 * 32 * 49);
  });

  it('that are misspelt get suggestions', () => {
    expect(() => createModel({ name: 'nvidia/mit-b9', classes: 4 })).toThrow(UnknownModelError);
    expect(() => createModel({ name: 'openmmlab/upernet-swin-smal', classes: 4 })).toThrow(
      /upernet-swin-small/,
    );
  });

  it('that are not listed are read from the hub’s cache, and brought there', async () => {
    const hub = { cacheFolder: join(root, 'hub'), offline: true };
    vi.stubEnv('HF_HUB_CACHE', hub.cacheFolder);
    await expect(fetchNetwork('somebody/fields', hub)).rejects.toThrow(HubOfflineError);
    await expect(fetchNetwork('nvidia/mit-b9', hub)).rejects.toThrow(/nvidia\/mit-b/);
    await fetchNetwork('nvidia/mit-b0', hub);
    const path = repository('cached');
    writeSafetensors(join(path, 'model.safetensors'), published);
    const repo = join(hub.cacheFolder, 'models--somebody--fields');
    mkdirSync(join(repo, 'refs'), { recursive: true });
    writeFileSync(join(repo, 'refs', 'main'), 'a'.repeat(40));
    cpSync(path, join(repo, 'snapshots', 'a'.repeat(40)), { recursive: true });
    await fetchNetwork('somebody/fields', hub);
    expect(createModel({ name: 'somebody/fields', classes: 5 }).classes).toBe(5);
    vi.unstubAllEnvs();
  });

  it('of a folder are read from its config.json', () => {
    expect(createModel({ name: repository('named'), classes: 5 }).classes).toBe(5);
  });
});

describe('adapting a kernel to other bands', () => {
  const original: RawTensor = rawArray('float32', [1, 3, 1, 1], Float32Array.of(1, 2, 3));
  const adapted = (bands: number, rule: Parameters<typeof adaptChannels>[2]) =>
    [...float32Values(adaptChannels(original, bands, rule))].map((value) => Math.round(value * 1000) / 1000);

  it('cycles and keeps the sum of responses', () => {
    expect(adapted(5, 'cycle')).toEqual([0.6, 1.2, 1.8, 0.6, 1.2]);
    expect(adapted(1, 'cycle')).toEqual([6]);
    expect(adapted(2, 'cycle')).toEqual([1.5, 3]);
  });

  it('starts further bands at zero, or copies', () => {
    expect(adapted(5, 'zero')).toEqual([1, 2, 3, 0, 0]);
    expect(adapted(5, 'copy')).toEqual([1, 2, 3, 1, 2]);
  });
});
