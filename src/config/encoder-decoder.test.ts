import { expect, test } from 'vitest';
import { splitEncoderDecoder } from './encoder-decoder.ts';

test.each([
  ['resnet34_unet', 'resnet34', 'unet'],
  ['timm-efficientnet-b3_unet', 'timm-efficientnet-b3', 'unet'],
  ['efficientnet-b4_deeplabv3plus', 'efficientnet-b4', 'deeplabv3plus'],
  ['mit_b0_unet', 'mit_b0', 'unet'],
  ['resnext50_32x4d_FPN', 'resnext50_32x4d', 'fpn'],
])('%s is %s and %s', (name, encoder, decoder) => {
  expect(splitEncoderDecoder(name)).toEqual({ encoder, decoder });
});

test.each([
  ['resnet34', null],
  ['resnet34-unet', '"resnet34_unet"'],
  ['resnet34_unett', '"resnet34_unet"'],
  ['_unet', null],
  ['resnet34_', null],
  ['', null],
])('%s is refused', (name, suggestion) => {
  expect(splitEncoderDecoder(name)).toMatchObject({ problem: expect.any(String), suggestion });
});
