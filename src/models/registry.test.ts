import { describe, expect, it } from 'vitest';
import { zeros } from '../engine/index.ts';
import {
  createModel,
  InputChannelsError,
  InputSizeError,
  ModelOptionError,
  modelNames,
  UnknownModelError,
} from './index.ts';
import { parseEncoderDecoderName } from './smp/name.ts';

describe('names of networks', () => {
  it.each([
    ['resnet34_unet', 'resnet34', 'unet'],
    ['tu-tf_efficientnetv2_s_unet', 'tu-tf_efficientnetv2_s', 'unet'],
    ['tu-efficientnetv2_s_unet', 'tu-efficientnetv2_s', 'unet'],
    ['efficientnet-b4_deeplabv3plus', 'efficientnet-b4', 'deeplabv3plus'],
    ['mit_b0_unet', 'mit_b0', 'unet'],
    ['resnext50_32x4d_unetplusplus', 'resnext50_32x4d', 'unetplusplus'],
    ['tu-convnext_tiny.fb_in22k_UnetPlusPlus', 'tu-convnext_tiny.fb_in22k', 'unetplusplus'],
  ])('%s', (name, encoder, decoder) => {
    expect(parseEncoderDecoderName(name)).toEqual({ encoder, decoder });
  });

  it('leaves other names to other families', () => {
    expect(parseEncoderDecoderName('nvidia/mit-b0')).toBeNull();
    expect(parseEncoderDecoderName('openmmlab/upernet-swin-small')).toBeNull();
    expect(parseEncoderDecoderName('unet')).toBeNull();
  });

  it('suggests the nearest names', () => {
    expect(() => createModel({ name: 'resnet43_unet', classes: 2 })).toThrow(/resnet34/);
    expect(() => createModel({ name: 'resnet34_unett', classes: 2 })).toThrow(/resnet34_unet\b/);
    expect(() => createModel({ decoder: 'fpm', classes: 2 })).toThrow(/did you mean fpn/);
    expect(() => createModel({ encoder: 'mobilenet', decoder: 'unet', classes: 2 })).toThrow(/mobilenet_v2/);
    expect(() => createModel({ name: 'nothing like it', classes: 2 })).toThrow(UnknownModelError);
  });

  it('lists every name once', () => {
    const names = modelNames();
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('resnet34_unet');
    expect(names).not.toContain('mit_b0_linknet');
  });
});

describe('what networks refuse', () => {
  const create = (options: Partial<Parameters<typeof createModel>[0]>) =>
    createModel({ encoder: 'resnet18', decoder: 'unet', classes: 2, ...options });

  it.each([
    ['a depth there is not', { encoderDepth: 6 }],
    ['a depth too small for the decoder', { decoder: 'fpn', encoderDepth: 2 }],
    ['another number of decoder channels than blocks', { decoderChannels: [64, 32] }],
    ['a list of channels where there is one', { decoder: 'upernet', decoderChannels: [64, 32] }],
    ['an output stride the decoder has not', { decoder: 'deeplabv3', encoderOutputStride: 32 }],
    ['an encoder without a map of half the size', { encoder: 'mit_b0', decoder: 'unetplusplus' }],
    ['dilation of window attention', { encoder: 'tu-swin_tiny_patch4_window7_224', decoder: 'deeplabv3' }],
    ['no class at all', { classes: 0 }],
    ['half a channel', { inChannels: 1.5 }],
  ] as const)('%s', (_, options) => {
    expect(() => create(options)).toThrow(ModelOptionError);
  });

  it('images of other channels or sizes', () => {
    const network = create({ decoder: 'fpn', inChannels: 5 });
    expect(() => network.forward(zeros([1, 3, 64, 64]))).toThrow(InputChannelsError);
    expect(() => network.forward(zeros([1, 5, 64, 50]))).toThrow(InputSizeError);
    expect(() => network.forward(zeros([1, 5, 64, 50]))).toThrow(/64 × 64/);
    network.dispose();
  });
});

it('gives the auxiliary head an output of its own', () => {
  const network = createModel({
    name: 'resnet18_unet',
    classes: 2,
    auxParams: { classes: 5, pooling: 'max' },
  });
  const { logits, labels } = network.eval().outputs(zeros([2, 3, 32, 32]));
  expect(logits?.shape).toEqual([2, 2, 32, 32]);
  expect(labels?.shape).toEqual([2, 5]);
});
