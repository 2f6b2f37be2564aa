import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inferenceMode, scope, tensor, withDevice } from '../../engine/index.ts';
import {
  float32Values,
  type RawTensor,
  rawArray,
  readCheckpoint,
  type StateDict,
  writePth,
} from '../../weights/index.ts';
import { ModelOptionError, UnknownModelError } from '../errors.ts';
import { networkFromConfig, readConfig } from '../huggingface/network-from-config.ts';
import { recipeInput, recipeWeight } from '../parity/recipe.ts';
import { createModel } from '../registry.ts';
import { EncoderDecoder } from './encoder-decoder.ts';
import { fromMmsegCheckpoint } from './from-checkpoint.ts';
import { fromMmsegNames, isMmsegMask2Former } from './mask2former-names.ts';
import { parseMmsegName } from './names.ts';
import { MmsegSwin, type MmsegSwinConfig } from './swin.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'arpent-mmseg-'));
});
afterAll(() => rmSync(root, { recursive: true }));

describe('names', () => {
  it.each([
    ['upernet_internimage_xl', { kind: 'upernet-internimage', size: 'xl' }],
    ['upernet_internimage_l_640_160k_ade20k', { kind: 'upernet-internimage', size: 'l' }],
    ['upernet_swin_large', { kind: 'upernet-swin', size: 'large' }],
    [
      'swin-large-patch4-window12-in22k-384x384-pre_upernet_8xb2-160k_ade20k-512x512',
      { kind: 'upernet-swin', size: 'large' },
    ],
    [
      'mask2former_swin-l-in22k-384x384-pre_8xb2-160k_ade20k-640x640',
      { kind: 'mask2former-swin', size: 'large' },
    ],
    ['resnet34_unet', null],
    ['openmmlab/upernet-swin-small', null],
    ['tu-swin_tiny_patch4_window7_224_unet', null],
  ])('%s', (name, expected) => expect(parseMmsegName(name)).toEqual(expected));

  it('give networks of the published sizes', () => {
    const network = withDevice('meta', () => createModel({ name: 'upernet_internimage_t', classes: 13 }));
    // The authors' code counts as many.
    expect(network.parameterCount()).toBe(58_971_658);
    network.dispose();
  });
});

describe('a checkpoint', () => {
  // Without memory: which tensor goes where is what is looked at.
  const open = (...args: Parameters<typeof fromMmsegCheckpoint>) => {
    return withDevice('meta', () => fromMmsegCheckpoint(...args));
  };
  const kernel = 'backbone.patch_embed.conv1.weight';

  it('loads under its own names, with fresh classifiers for other classes and an adapted stem for other bands', () => {
    const shapes = {
      [kernel]: [32, 3, 3, 3],
      'backbone.levels.0.blocks.0.dcn.offset.weight': [72, 64],
      'decode_head.conv_seg.weight': [4, 512, 1, 1],
      'auxiliary_head.conv_seg.weight': [4, 256, 1, 1],
    };
    const file = join(root, 'internimage.pth');
    const state = Object.entries(shapes).map(([name, shape]) => {
      return [name, rawArray('float32', shape, recipeWeight(name, shape))] as const;
    });
    writePth(file, new Map(state));
    const { network, report } = open(file, 'upernet_internimage_t', {
      classes: 6,
      inChannels: 4,
    });
    expect(report.reinitialised.map(({ key }) => key)).toEqual([
      'decode_head.conv_seg.weight',
      'auxiliary_head.conv_seg.weight',
    ]);
    expect(report.loaded).toEqual(['backbone.levels.0.blocks.0.dcn.offset.weight']);
    expect(report.adapted).toEqual([{ key: kernel, published: 3, here: 4, rule: 'cycle' }]);
    expect(report.unexpected).toEqual([]);
    expect(network).toMatchObject({ classes: 6, inChannels: 4 });
    network.dispose();
  });

  it('of a backbone alone needs the number of classes and leaves the heads fresh', () => {
    const file = join(root, 'backbone.pth');
    const stem = 'patch_embed.conv1.weight';
    writePth(file, new Map([[stem, rawArray('float32', [32, 3, 3, 3], recipeWeight(stem, [32, 3, 3, 3]))]]));
    expect(() => fromMmsegCheckpoint(file, 'upernet_internimage_t')).toThrow(ModelOptionError);
    const { network, report } = open(file, 'upernet_internimage_t', { classes: 2 });
    expect(report.loaded).toEqual([kernel]);
    network.dispose();
  });

  it('of an unknown network is refused', () => {
    expect(() => fromMmsegCheckpoint(join(root, 'none.pth'), 'upernet_internimage_q')).toThrow(
      UnknownModelError,
    );
  });
});

// Written by tools/reference/mmseg_checkpoints.py with PyTorch: a few tensors of each kind, among all that the runners save.
describe('a file that PyTorch wrote', () => {
  const golden = (name: string) =>
    fileURLToPath(new URL(`../../../test/golden/checkpoints/${name}.pth`, import.meta.url));

  it.each([
    ['internimage-authors', 'upernet_internimage_t'],
    ['mmseg1-upernet-swin', 'upernet_swin_tiny'],
    ['mmseg1-mask2former-swin', 'mask2former_swin_tiny'],
  ])('%s loads into %s, whose classes it says', (file, modelName) => {
    const { stateDict } = readCheckpoint(golden(file));
    const { network, report } = withDevice('meta', () => fromMmsegCheckpoint(golden(file), modelName));
    expect(network.classes).toBe(4);
    expect(report.unexpected).toEqual([]);
    expect(report.reinitialised).toEqual([]);
    // Mask2Former's merged projections become three tensors each.
    expect(report.loaded.length).toBeGreaterThanOrEqual(stateDict.size);
    network.dispose();
    for (const [name, value] of stateDict) {
      if (value.dtype !== 'float32') continue;
      expect(float32Values(value), name).toEqual(recipeWeight(name, value.shape));
    }
  });

  it('gives another number of classes a fresh head', () => {
    const { network, report } = withDevice('meta', () =>
      fromMmsegCheckpoint(golden('mmseg1-mask2former-swin'), 'mask2former_swin_tiny', { classes: 6 }),
    );
    expect(report.reinitialised).toEqual([
      { key: 'class_predictor.weight', published: [5, 256], here: [7, 256] },
      { key: 'class_predictor.bias', published: [5], here: [7] },
    ]);
    network.dispose();
  });
});

describe("Mask2Former's names", () => {
  const config: MmsegSwinConfig = {
    type: 'swin',
    inChannels: 3,
    width: 8,
    depths: [2, 2, 1, 1],
    heads: [1, 2, 2, 4],
    window: 3,
    mlpRatio: 4,
    dropPath: 0,
  };
  const hub = networkFromConfig(
    readConfig({
      model_type: 'mask2former',
      backbone_config: {
        model_type: 'swin',
        embed_dim: 8,
        depths: config.depths,
        num_heads: config.heads,
        window_size: 3,
      },
      feature_size: 32,
      mask_feature_size: 32,
      hidden_dim: 32,
      encoder_layers: 1,
      decoder_layers: 3,
      num_attention_heads: 4,
      num_labels: 3,
    }),
  );

  /** A state dict of mmsegmentation's form with the shapes of `hub`. */
  function mmsegState(): StateDict {
    const state: StateDict = new Map();
    const add = (name: string, shape: number[]) =>
      state.set(name, rawArray('float32', shape, recipeWeight(name, shape)));
    const affine = (name: string, out: number, ...rest: number[]) => {
      add(`${name}.weight`, [out, ...rest]);
      add(`${name}.bias`, [out]);
    };
    const perceptron = (name: string, width: number, hidden: number) => {
      affine(`${name}.layers.0.0`, hidden, width);
      affine(`${name}.layers.1`, width, hidden);
    };
    const backbone = new MmsegSwin(config);
    for (const [name, tensorOf] of backbone.namedParameters()) add(`backbone.${name}`, [...tensorOf.shape]);
    backbone.dispose();
    const pixels = 'decode_head.pixel_decoder';
    for (const [level, width] of [64, 32, 16].entries()) {
      affine(`${pixels}.input_convs.${level}.conv`, 32, width, 1, 1);
      affine(`${pixels}.input_convs.${level}.gn`, 32);
    }
    const layer = `${pixels}.encoder.layers.0`;
    affine(`${layer}.self_attn.sampling_offsets`, 4 * 3 * 4 * 2, 32);
    affine(`${layer}.self_attn.attention_weights`, 4 * 3 * 4, 32);
    affine(`${layer}.self_attn.value_proj`, 32, 32);
    affine(`${layer}.self_attn.output_proj`, 32, 32);
    perceptron(`${layer}.ffn`, 32, 1024);
    for (const norm of [0, 1]) affine(`${layer}.norms.${norm}`, 32);
    add(`${pixels}.level_encoding.weight`, [3, 32]);
    add(`${pixels}.lateral_convs.0.conv.weight`, [32, 8, 1, 1]);
    affine(`${pixels}.lateral_convs.0.gn`, 32);
    add(`${pixels}.output_convs.0.conv.weight`, [32, 32, 3, 3]);
    affine(`${pixels}.output_convs.0.gn`, 32);
    affine(`${pixels}.mask_feature`, 32, 32, 1, 1);
    for (const index of [0, 1]) {
      const decoder = `decode_head.transformer_decoder.layers.${index}`;
      for (const attention of ['cross_attn', 'self_attn']) {
        add(`${decoder}.${attention}.attn.in_proj_weight`, [96, 32]);
        add(`${decoder}.${attention}.attn.in_proj_bias`, [96]);
        affine(`${decoder}.${attention}.attn.out_proj`, 32, 32);
      }
      perceptron(`${decoder}.ffn`, 32, 2048);
      for (const norm of [0, 1, 2]) affine(`${decoder}.norms.${norm}`, 32);
    }
    affine('decode_head.transformer_decoder.post_norm', 32);
    for (const table of ['query_embed', 'query_feat']) add(`decode_head.${table}.weight`, [100, 32]);
    add('decode_head.level_embed.weight', [3, 32]);
    affine('decode_head.cls_embed', 4, 32);
    for (const index of [0, 2, 4]) affine(`decode_head.mask_embed.${index}`, 32, 32);
    return state;
  }

  it('cover every tensor, in the right shape', () => {
    const state = mmsegState();
    expect(isMmsegMask2Former(state)).toBe(true);
    const { missing, unexpected, mismatched } = hub.loadStateDict(fromMmsegNames(state), { strict: false });
    expect(mismatched).toEqual([]);
    expect(unexpected).toEqual([]);
    expect(missing.filter((name) => !/swin\.layernorm|empty_weight/.test(name))).toEqual([]);
  });

  it('of version 0.x lead to the same tensors', () => {
    const old = new Map(
      Array.from(mmsegState(), ([name, value]): [string, RawTensor] => {
        const older = name
          .replace(/(pixel_decoder\.encoder\.layers\.\d+)\.self_attn\./, '$1.attentions.0.')
          .replace(/(transformer_decoder\.layers\.\d+)\.cross_attn\./, '$1.attentions.0.')
          .replace(/(transformer_decoder\.layers\.\d+)\.self_attn\./, '$1.attentions.1.')
          .replace(/(encoder|decoder)(\.layers\.\d+)\.ffn\./, '$1$2.ffns.0.');
        return [name.startsWith('backbone.') ? name : older, value];
      }),
    );
    expect([...fromMmsegNames(old).keys()].sort()).toEqual([...fromMmsegNames(mmsegState()).keys()].sort());
  });

  it('keep what the backbone computes', () => {
    const state = mmsegState();
    const backbone = new MmsegSwin(config);
    const own = new Map(
      Array.from(state)
        .filter(([name]) => name.startsWith('backbone.'))
        .map(([name, value]) => [name.slice('backbone.'.length), value] as const),
    );
    backbone.loadStateDict(own, { strict: false });
    hub.loadStateDict(fromMmsegNames(state), { strict: false });
    const encoder = hub.getModule('model.pixel_level_module.encoder') as unknown as MmsegSwin;
    backbone.eval();
    hub.eval();
    scope(() => {
      inferenceMode(() => {
        const images = tensor(recipeInput('input', [1, 3, 50, 36]), [1, 3, 50, 36]);
        const [ours, theirs] = [backbone.forward(images), encoder.forward(images)];
        for (const [level, map] of theirs.entries()) {
          const expected = map.toFloat32();
          for (const [index, value] of ours[level]!.toFloat32().entries()) {
            expect(Math.abs(value - expected[index]!)).toBeLessThan(2e-4);
          }
        }
      });
    });
    backbone.dispose();
  });

  it('cut merged projections by rows', () => {
    const renamed = fromMmsegNames(mmsegState());
    const joined = float32Values(
      mmsegState().get('decode_head.transformer_decoder.layers.1.self_attn.attn.in_proj_bias')!,
    );
    const key = renamed.get('model.transformer_module.decoder.layers.1.self_attn.k_proj.bias')!;
    expect([...float32Values(key)]).toEqual([...joined.slice(32, 64)]);
  });
});

it('an auxiliary head supervises the third level in training', () => {
  const backbone = {
    type: 'swin',
    inChannels: 3,
    width: 8,
    depths: [1, 1, 1, 1],
    heads: [1, 1, 1, 1],
    window: 4,
    mlpRatio: 2,
    dropPath: 0,
  } as const;
  const network = new EncoderDecoder({ backbone, classes: 3, width: 8, auxiliaryWidth: 8 }, 'small');
  scope(() => {
    const images = tensor(recipeInput('input', [2, 3, 64, 64]), [2, 3, 64, 64]);
    const { logits, auxiliary } = network.forwardTraining(images);
    expect(logits.shape).toEqual([2, 3, 64, 64]);
    expect(auxiliary.map(({ logits: { shape }, weight }) => [shape, weight])).toEqual([
      [[2, 3, 64, 64], 0.4],
    ]);
  });
  network.dispose();
});
